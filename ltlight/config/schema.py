"""The schema of the configuration: the type and the range of every key, in one place.

The YAML files under ``conf/`` hold the values; Hydra merges them into these dataclasses, so a wrong
type is refused while composing, and `check` refuses a wrong range before anything is built. This
module does not import torch, so that ``--help`` and composing stay quick.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, OmegaConf

from ltlight.config.conflicts import refuse_contradictions
from ltlight.errors import UserError

PACKAGE = Path(__file__).resolve().parents[1]
# Inside the package where it was installed by pip, beside it in a checkout.
CONF = PACKAGE / "conf" if (PACKAGE / "conf").is_dir() else PACKAGE.parent / "conf"

Rule = tuple[Callable[[Any], bool], str]
POSITIVE: Rule = (lambda v: v > 0, "must be above 0")
NOT_NEGATIVE: Rule = (lambda v: v >= 0, "must be 0 or more")
SHARE: Rule = (lambda v: 0 <= v < 1, "must be 0 or more and below 1")
FRACTION: Rule = (lambda v: 0 < v < 1, "must lie between 0 and 1, both excluded")


def or_null(rule: Rule) -> Rule:
    allowed, demand = rule
    return (lambda v: v is None or allowed(v)), f"{demand}, or null"


def ruled(rule: Rule, default: Any = MISSING) -> Any:
    """A field whose value must satisfy ``rule`` = (predicate, what it demands in words)."""
    return field(default=default, metadata={"rule": rule})


def choice(*names: str) -> Any:
    """A field that takes one of ``names``."""
    return ruled((lambda v: v in names, f"must be one of {', '.join(names)}"))


def folder_name() -> Any:
    """A field that becomes part of a path under ``outputs/``."""
    return ruled(
        (lambda v: bool(v) and "/" not in v and v not in (".", ".."), "must be a plain folder name")
    )


@dataclass
class DataConfig:
    """Where the images come from and which of them are trained on; `conf/data/`."""

    name: str = folder_name()  # of the run folders: outputs/<name>/<data.name>/…
    source: str = choice("cifar10", "cifar100", "idc", "folder", "digits")
    root: str | None = None  # a tree of files; see the source for its shape
    archive: str | None = None  # CIFAR: a local archive or another URL, same checksum
    cache: str = MISSING  # folder for downloads and decoded images
    first_classes: int | None = ruled((lambda v: v is None or v >= 2, "must be 2 or more"), None)
    image_size: int = ruled(POSITIVE)  # pixels; images are resized to a square of this side
    ratio: float = ruled((lambda v: 0 < v <= 1, "must be above 0 and at most 1"))
    mirror: bool = MISSING  # whether a mirrored picture still shows its class
    profile: str = choice("exponential", "exponential_cui", "step", "natural")
    val_fraction: float = ruled((lambda v: 0 <= v < 1, "must be 0 or more and below 1"))
    val_from: str = choice("subset", "source")
    test_fraction: float = ruled(FRACTION)  # held out of a folder that has no test tree
    on_bad_file: str = choice("error", "skip")
    train_patients: list[str] = field(default_factory=list)  # idc, patient tree
    test_patients: list[str] = field(default_factory=list)
    batch_size: int = ruled(POSITIVE)
    eval_batch_size: int = ruled(POSITIVE)


@dataclass
class ModelConfig:
    """The network; `conf/model/`."""

    name: str = choice("cnn_cifar", "resnet32")
    image_size: int = ruled(POSITIVE)  # pixels its structure is fitted to
    width: float = ruled(POSITIVE)  # of every layer, 1 = the report's
    checkpoint: str | None = None  # start from the weights of another run


@dataclass
class MethodConfig:
    """A remedy: what is put together against the imbalance; `conf/method/`, sources there.

    Shares of the training (``…_from``) count in epochs: 0 is from the start, 0.8 the last fifth.
    """

    name: str = folder_name()  # of the run folders: …/method=<name>/…
    sampler: str = choice(
        "shuffle", "inverse_frequency", "square_root", "progressively_balanced", "class_aware"
    )
    sampler_from: float = ruled(SHARE)  # shuffled until then (deferred re-sampling, DRS)
    augment: str = choice("none", "report", "corrected", "crop_flip", "trivial")
    cutout: float = ruled(SHARE)  # side of the square that is blanked, as a share of the image's
    mix: str = choice("none", "mixup", "cutmix", "remix", "cmo")
    mix_alpha: float = ruled(POSITIVE)  # mixing weight ~ Beta(mix_alpha, mix_alpha)
    loss: str = choice(
        *("cross_entropy", "focal", "ldam"),
        *("balanced_softmax", "logit_adjusted", "label_aware_smoothing"),
    )
    focal_gamma: float = ruled(NOT_NEGATIVE)
    loss_tau: float = ruled(NOT_NEGATIVE)  # of logit_adjusted
    class_weights: str = choice("none", "inverse_frequency", "effective_number")
    class_weights_from: float = ruled(SHARE)  # unweighted until then (deferred, DRW)
    schedule: str = choice("constant", "warmup", "cosine", "steps")
    warmup_epochs: int = ruled(NOT_NEGATIVE)  # linear increase, of every schedule but constant
    lr: float | None = ruled(or_null(POSITIVE), None)  # null: optim.lr
    weight_decay: float | None = ruled(or_null(NOT_NEGATIVE), None)  # null: optim.weight_decay
    max_norm: float | None = ruled(or_null(POSITIVE), None)  # of each class's weights in the head
    ema: float = ruled(SHARE)  # decay a step of the averaged weights that are tested, 0: none
    sam: float = ruled(NOT_NEGATIVE)  # radius rho, 0: none
    second_stage: str = choice("none", "crt", "lws", "tau_norm")
    second_stage_epochs: int = ruled(POSITIVE)
    norm_tau: float = ruled(NOT_NEGATIVE)  # of tau_norm
    posthoc_tau: float = ruled(NOT_NEGATIVE)  # logits - tau * log prior at evaluation, 0: as is
    tta: str = choice("none", "flip", "ten_crop")  # views of a picture whose logits are averaged


@dataclass
class OptimConfig:
    """SGD."""

    lr: float = ruled(POSITIVE)
    momentum: float = ruled((lambda v: 0 <= v < 1, "must be 0 or more and below 1"))
    weight_decay: float = ruled(NOT_NEGATIVE)
    nesterov: bool = MISSING
    one_pass: bool = MISSING  # on CUDA: wide layers updated by one Triton kernel


@dataclass
class TrainerConfig:
    """How and on what a run is trained; `conf/trainer/`."""

    accelerator: str = choice("auto", "cpu", "gpu")
    devices: int = ruled(POSITIVE)  # per node; more than one under torchrun
    num_nodes: int = ruled(POSITIVE)
    max_epochs: int = ruled(NOT_NEGATIVE)  # 0 only tests model.checkpoint
    precision: str = choice("32-true", "bf16-mixed", "16-mixed")
    matmul_precision: str = choice("highest", "high", "medium")  # high = TF32 where there is one
    check_val_every_n_epoch: int = ruled(POSITIVE)
    checkpoint_every_n_epochs: int = ruled(POSITIVE)
    accumulate_grad_batches: int = ruled(POSITIVE)
    gradient_clip_val: float | None = ruled((lambda v: v is None or v > 0, "must be above 0"), None)
    limit_batches: int | None = ruled((lambda v: v is None or v > 0, "must be above 0"), None)


@dataclass
class Config:
    """The whole configuration; `conf/config.yaml`."""

    name: str = folder_name()
    seed: int = ruled((lambda v: 0 <= v < 2**32, "must be 0 or more and below 2**32"))
    overwrite: bool = MISSING
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    method: MethodConfig = field(default_factory=MethodConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)


# Known to Hydra as ``schema``, the first entry of `conf/config.yaml`.
ConfigStore.instance().store(name="schema", node=Config)


def check(cfg: DictConfig) -> None:
    """Refuse values out of range and combinations that contradict each other.

    Raises:
        UserError: naming the key, its value and what it must be.
    """
    missing = sorted(OmegaConf.missing_keys(cfg))
    if missing:
        raise UserError(f"{missing[0]} is not set: give it as {missing[0]}=…")
    _check_ranges(Config, cfg, "")
    refuse_contradictions(cfg)


def _check_ranges(schema: type, node: DictConfig, prefix: str) -> None:
    for key in fields(schema):
        value, name = node[key.name], prefix + key.name
        if is_dataclass(key.type):
            _check_ranges(key.type, value, name + ".")
        elif "rule" in key.metadata:
            allowed, demand = key.metadata["rule"]
            if not allowed(value):
                raise UserError(f"{name}={value} {demand}")
