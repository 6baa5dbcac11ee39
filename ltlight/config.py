"""The schema of the configuration: the type and the range of every key, in one place.

The YAML files under ``conf/`` hold the values; Hydra merges them into these dataclasses, so a wrong
type is refused while composing, and `check` refuses a wrong range before anything is built. This
module does not import torch, so that ``--help`` and composing stay quick.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, OmegaConf

from ltlight.errors import UserError

Rule = tuple[Callable[[Any], bool], str]
POSITIVE: Rule = (lambda v: v > 0, "must be above 0")
NOT_NEGATIVE: Rule = (lambda v: v >= 0, "must be 0 or more")
SHARE: Rule = (lambda v: 0 <= v < 1, "must be 0 or more and below 1")
# Losses that know the prior: their plain logits are meant for balanced classes.
PRIOR_LOSSES = ("balanced_softmax", "logit_adjusted")
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


@dataclass
class OptimConfig:
    """SGD."""

    lr: float = ruled(POSITIVE)
    momentum: float = ruled((lambda v: 0 <= v < 1, "must be 0 or more and below 1"))
    weight_decay: float = ruled(NOT_NEGATIVE)
    nesterov: bool = MISSING


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


def register() -> None:
    """Make the schema known to Hydra as ``schema``, the first entry of `conf/config.yaml`."""
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
    for contradicts, reason in (*_contradictions(cfg), *_contradictory_parts(cfg.method)):
        if contradicts:
            raise UserError(reason)


Contradiction = tuple[bool, str]  # whether it is there, and what to say then


def _contradictions(cfg: DictConfig) -> Iterator[Contradiction]:
    data, model, method = cfg.data, cfg.model, cfg.method
    yield (
        data.profile == "natural" and data.ratio != 1,
        f"data.ratio={data.ratio} has no meaning with data.profile=natural, which keeps every "
        "image: leave it at 1, or choose data.profile=exponential",
    )
    yield (
        model.image_size != data.image_size,
        f"model.image_size={model.image_size} differs from data.image_size={data.image_size}: set "
        "only data.image_size, the model follows",
    )
    yield (
        cfg.optim.nesterov and cfg.optim.momentum == 0,
        "optim.nesterov=true needs optim.momentum above 0",
    )
    yield (
        method.sam > 0 and cfg.trainer.precision == "16-mixed",
        f"method.sam={method.sam} computes every gradient twice, which the gradient scaler of "
        "trainer.precision=16-mixed can't do: take bf16-mixed or 32-true",
    )


def _contradictory_parts(m: DictConfig) -> Iterator[Contradiction]:
    yield (
        m.posthoc_tau > 0 and m.loss in PRIOR_LOSSES,
        f"method.posthoc_tau={m.posthoc_tau} and method.loss={m.loss} correct the same class prior "
        "twice: set method.posthoc_tau=0, or method.loss=cross_entropy",
    )
    yield (
        m.class_weights_from > 0 and m.class_weights == "none",
        f"method.class_weights_from={m.class_weights_from} defers weights that there are not: set "
        "method.class_weights=inverse_frequency or effective_number",
    )
    yield (
        m.sampler_from > 0 and m.sampler == "shuffle",
        f"method.sampler_from={m.sampler_from} defers nothing, method.sampler=shuffle holds from "
        "the start: set method.sampler=inverse_frequency or another",
    )
    yield (
        m.sampler_from > 0 and m.sampler == "progressively_balanced",
        f"method.sampler_from={m.sampler_from}: method.sampler=progressively_balanced moves from "
        "shuffled to balanced by itself: set method.sampler_from=0",
    )
    yield (
        m.schedule == "warmup" and m.warmup_epochs == 0,
        "method.schedule=warmup needs method.warmup_epochs above 0",
    )
    for key, given in (
        ("second_stage", m.second_stage in ("lws", "tau_norm")),
        ("max_norm", m.max_norm is not None),
    ):
        yield (
            given and m.loss == "ldam",
            f"method.{key}={m[key]} acts on the lengths of the head's weights, which "
            f"method.loss=ldam normalises away: leave out method.{key}, or take another loss",
        )


def prior_corrections(method: DictConfig) -> list[str]:
    """The parts of a method that each make up for the rarity of classes, as ``key=value``.

    More than one over-corrects: with the sampler and logit adjustment together, the head lost more
    than the tail won in our trials. Allowed, and worth a word.
    """
    m, found = method, []
    if m.sampler not in ("shuffle", "square_root"):
        found.append(f"method.sampler={m.sampler}")
    if m.class_weights != "none":
        found.append(f"method.class_weights={m.class_weights}")
    if m.loss in PRIOR_LOSSES:
        found.append(f"method.loss={m.loss}")
    if m.second_stage == "crt":  # a fresh head knows nothing of how the trunk was trained
        found = []
    if m.second_stage != "none":
        found.append(f"method.second_stage={m.second_stage}")
    if m.posthoc_tau > 0:
        found.append(f"method.posthoc_tau={m.posthoc_tau}")
    return found


def _check_ranges(schema: type, node: DictConfig, prefix: str) -> None:
    for key in fields(schema):
        value, name = node[key.name], prefix + key.name
        if is_dataclass(key.type):
            _check_ranges(key.type, value, name + ".")
        elif "rule" in key.metadata:
            allowed, demand = key.metadata["rule"]
            if not allowed(value):
                raise UserError(f"{name}={value} {demand}")
