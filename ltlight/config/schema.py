"""The schema of the configuration: type, range and neutral value of every key, in one place.

The YAML files under ``conf/`` hold the values; Hydra merges them into these dataclasses, so a wrong
type is refused while composing, and `compose.validated` refuses a wrong range before anything is
built. This module does not import torch, so that ``--help`` and composing stay quick.

A key's neutral value is what a run computed that was made before the key existed: a run folder
whose record lacks the key counts as having it.
"""

from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

from ltlight.config import choices, resolvers
from ltlight.config.colour import is_colour
from ltlight.config.fields import (
    CHANCE,
    COUNT,
    DRAWS,
    EPOCHS,
    FRACTION,
    NO_VALUE,
    SEED,
    SHARE,
    SameAs,
    between,
    choice,
    folder_name,
    from_zero,
    key,
    or_null,
    positive,
    ruled,
)

PACKAGE = Path(__file__).resolve().parents[1]
# Inside the package where it was installed by pip, beside it in a checkout.
CONF = PACKAGE / "conf" if (PACKAGE / "conf").is_dir() else PACKAGE.parent / "conf"


@dataclass
class Columns:
    """What the columns of a table of pictures are called; `ltlight.data.sources.rows`."""

    path: str = key("path", neutral="path")
    label: str = key("label", neutral="label")
    split: str = key("split", neutral="split")  # may be missing in the table
    group: str = key("group", neutral="group")  # likewise


@dataclass
class DataConfig:
    """Where the images come from and which of them are trained on; `conf/data/`."""

    name: str = folder_name()  # of the run folders: outputs/<name>/<data.name>/…
    source: str = choice(choices.SOURCES)
    root: str | None = None  # a tree of files, or a table; see the source for its shape
    images: str | None = key(None, neutral=None)  # what a table's paths are relative to
    test_root: str | None = key(None, neutral=None)  # a table of the test split alone
    val_root: str | None = key(None, neutral=None)  # and of the held-out one
    columns: Columns = field(default_factory=Columns)
    # What must not be torn apart: of a tree, a regular expression; of a table, a column.
    group: str | None = key(None, neutral=None)
    archive: str | None = None  # CIFAR: a local archive or another URL, same checksum
    cache: str = MISSING  # folder for downloads and decoded images
    first_classes: int | None = ruled(or_null(between(2, 1_000_000)), None)
    # Of the draw of the long tail and of what is held out; ${seed}: another one for every run.
    seed: int = ruled(SEED, neutral=SameAs("seed"))
    image_size: int = ruled(positive(2048))  # pixels; images are resized to a square of this side
    resize: str = choice(("squash", "crop", "pad"), neutral="squash")  # how it becomes a square
    background: str = ruled(  # behind transparent pixels and beside padded pictures
        (is_colour, "must be a colour: R,G,B of 0 to 255, a name such as white, or #rrggbb"),
        neutral="white",
    )
    max_pixels: int = ruled(positive(COUNT), neutral=100_000_000)  # of a picture that is decoded
    ratio: float = ruled((lambda v: 0 < v <= 1, "must be above 0 and at most 1"))
    mirror: bool = key(neutral=True)  # whether a mirrored picture still shows its class
    profile: str = choice(choices.PROFILES)
    val_fraction: float = ruled((lambda v: 0 <= v < 1, "must be 0 or more and below 1"))
    val_from: str = choice(("subset", "source"), neutral="subset")
    positive_class: str | None = key(None, neutral=None)  # of two; null: the rarer in training
    test_fraction: float = ruled(FRACTION)  # held out of a folder that has no test tree
    folds: int | None = ruled(or_null(between(2, 1000)), None, neutral=None)
    # Equal images across splits or labels: passed over, reported, or kept on one side as well.
    duplicates: str = choice(("ignore", "report", "together"), neutral="report")
    # Bits of 64 in which perceptual hashes of near duplicates may differ; null: equal images only.
    near_duplicates: int | None = ruled(or_null(between(0, 10)), None, neutral=None)
    fold: int | None = ruled(or_null(from_zero(999)), None, neutral=None)  # that is tested on
    on_bad_file: str = choice(("error", "skip"))
    train_patients: list[str] = field(default_factory=list)  # idc, patient tree
    test_patients: list[str] = field(default_factory=list)
    batch_size: int = ruled(positive(65_536))
    eval_batch_size: int = ruled(positive(65_536))


@dataclass
class ModelConfig:
    """The network; `conf/model/`."""

    name: str = choice(choices.NETWORKS)
    # Pixels its structure is fitted to; null: those that a backbone's weights are evaluated at.
    image_size: int | None = ruled(or_null(positive(2048)), None)
    width: float = ruled(between(0.01, 16))  # of every layer, 1 = the report's
    # The last layer; the losses of cosines (ldam, dbm_bs) always have a cosine head.
    head: str = choice(("linear", "cosine"), "linear", neutral="linear")
    checkpoint: str | None = None  # start from the weights of another run
    backbone: str | None = key(None, neutral=None)  # of pretrained: a timm name
    # Of the backbone: null is timm's hub, random none (for tests), else a file.
    weights: str | None = key(None, neutral=None)
    views: int = ruled(
        positive(1000), 1, neutral=1
    )  # cached of a training image, the first one plain
    # Of pretrained: the head on features of a frozen backbone, or the backbone as well, fine-tuned.
    train: str = choice(("head", "all", "last", "lora"), "head", neutral="head")
    # Of train=last: blocks that move, counted from the end; see ltlight.models.blocks.
    last_blocks: int | None = ruled(or_null(positive(1000)), None, neutral=None)
    lora_rank: int = ruled(positive(1024), 8, neutral=8)  # of train=lora; see ltlight.models.lora
    # Whether a fine-tuned backbone's batch norms keep their statistics, or go on learning them.
    batch_norm: str = choice(("frozen", "learning"), "frozen", neutral="frozen")
    grad_checkpointing: bool = key(False, neutral=False)  # of fine-tuning: less memory, more time


@dataclass
class MethodConfig:
    """A remedy: what is put together against the imbalance; `conf/method/`, sources there.

    Shares of the training (``…_from``) count in epochs: 0 is from the start, 0.8 the last fifth.
    """

    name: str = folder_name()  # of the run folders: …/method=<name>/…
    sampler: str = choice(choices.SAMPLERS)
    sampler_from: float = ruled(
        SHARE, neutral=0.0
    )  # shuffled until then (deferred re-sampling, DRS)
    # Images an epoch draws: null is as many as there are, balanced C times the largest class.
    draws: int | str | None = ruled(DRAWS, None, neutral=None)
    augment: str = choice(choices.AUGMENTATIONS)
    cutout: float = ruled(
        SHARE, neutral=0.0
    )  # side of the square that is blanked, as a share of the image's
    mix: str = choice(choices.MIXINGS, neutral="none")
    mix_alpha: float = ruled(
        positive(100), neutral=1.0
    )  # mixing weight ~ Beta(mix_alpha, mix_alpha)
    mix_probability: float = ruled(CHANCE, neutral=1.0)  # of every image to be mixed
    mix_off_first: int = ruled(from_zero(EPOCHS), neutral=0)  # epochs at the beginning, unmixed
    mix_off_last: int = ruled(from_zero(EPOCHS), neutral=0)  # and at the end
    loss: str = choice(choices.LOSSES, neutral="cross_entropy")
    focal_gamma: float = ruled(from_zero(20), neutral=1.0)
    dbm_margin: float = ruled(from_zero(3), neutral=0.1)  # K of dbm_bs, radians
    dbm_tau: float = ruled(from_zero(10), neutral=1.0)  # of dbm_bs
    loss_tau: float = ruled(from_zero(10), neutral=1.0)  # of logit_adjusted
    smoothing_head: float = ruled(SHARE, neutral=0.3)  # of label_aware_smoothing: largest class
    smoothing_tail: float = ruled(SHARE, neutral=0.0)  # and smallest
    class_weights: str = choice(choices.CLASS_WEIGHTS, neutral="none")
    class_weights_from: float = ruled(SHARE, neutral=0.0)  # unweighted until then (deferred, DRW)
    # What the weighted losses of a batch are divided by: the sum of their weights, or their number.
    weighted_mean: str = choice(("weights", "batch"), neutral="weights")
    schedule: str = choice(choices.SCHEDULES, neutral="constant")
    warmup_epochs: int = ruled(
        from_zero(EPOCHS), neutral=5
    )  # linear increase, of every schedule but constant
    lr: float | None = ruled(or_null(positive(100)), None, neutral=None)  # null: optim.lr
    weight_decay: float | None = ruled(
        or_null(from_zero(1)), None, neutral=None
    )  # null: optim.weight_decay
    max_norm: float | None = ruled(
        or_null(positive(1000)), None, neutral=None
    )  # of each class's weights in the head
    ema: float = ruled(
        SHARE, neutral=0.0
    )  # decay a step of the averaged weights that are tested, 0: none
    sam: float = ruled(from_zero(10), neutral=0.0)  # radius rho, 0: none
    second_stage: str = choice(choices.SECOND_STAGES, neutral="none")
    second_stage_epochs: int = ruled(positive(EPOCHS), neutral=10)
    # Whether the trunk's batch norms stay as they are in a second stage, or go on learning.
    second_stage_batch_norm: str = choice(("frozen", "learning"), neutral="frozen")
    norm_tau: float = ruled(from_zero(10), neutral=1.0)  # of tau_norm
    posthoc_tau: float = ruled(
        from_zero(10), neutral=0.0
    )  # logits - tau * log prior at evaluation, 0: as is
    tta: str = choice(choices.VIEWS, neutral="none")  # views of a picture whose logits are averaged


@dataclass
class OptimConfig:
    """The optimiser; `conf/optim/`."""

    name: str = choice(choices.OPTIMIZERS, neutral="sgd")
    lr: float = ruled(positive(100))
    momentum: float | None = ruled(or_null(SHARE))  # of SGD; null: another optimiser
    weight_decay: float = ruled(from_zero(1))
    nesterov: bool = key(neutral=False)
    schedule: str = choice(choices.SCHEDULES, neutral="constant")  # unless the method has its own
    one_pass: bool = key(neutral=False)  # on CUDA: wide layers updated by one Triton kernel
    backbone_lr_factor: float = ruled(positive(100), neutral=1.0)  # of a fine-tuned backbone's rate


@dataclass
class TrainerConfig:
    """How and on what a run is trained; `conf/trainer/`."""

    accelerator: str = choice(("auto", "cpu", "gpu"))
    devices: int = ruled(positive(1024))  # per node; more than one under torchrun
    num_nodes: int = ruled(positive(4096))
    max_epochs: int = ruled(from_zero(EPOCHS))  # 0 only tests model.checkpoint
    precision: str = choice(("32-true", "bf16-mixed", "16-mixed"))
    matmul_precision: str = choice(("highest", "high", "medium"))  # high = TF32 where there is one
    check_val_every_n_epoch: int = ruled(positive(EPOCHS))
    checkpoint_every_n_epochs: int = ruled(positive(EPOCHS))
    checkpoint_minutes: float = ruled(positive(EPOCHS), neutral=10.0)
    deterministic: bool = key(neutral=False)  # operations that have no deterministic form: refused
    accumulate_grad_batches: int = ruled(positive(65_536))
    gradient_clip_val: float | None = ruled(or_null(positive(1_000_000)), None)
    limit_batches: int | None = ruled(or_null(positive(COUNT)), None)
    # Of several GPUs: batch norms take the statistics of all devices' images.
    sync_batchnorm: bool = key(False, neutral=False)
    timeout: int = ruled(between(1, 86_400), 600, neutral=600)  # seconds processes wait for others


@dataclass
class LoggerConfig:
    """Where metrics go beside the run folder's `curves.jsonl`; `conf/logger/`, several at once."""

    tensorboard: bool = key(False, neutral=True)
    csv: bool = key(False, neutral=False)
    mlflow: bool = key(False, neutral=False)
    mlflow_uri: str | None = key(None, neutral=None)  # of its server, or of a local database
    wandb: bool = key(False, neutral=False)
    wandb_project: str = key("ltlight", neutral="ltlight")


@dataclass
class Config:
    """The whole configuration; `conf/config.yaml`."""

    name: str = folder_name("reference")  # outputs/reference holds studies, not runs
    seed: int = ruled(SEED)
    overwrite: bool = MISSING
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    method: MethodConfig = field(default_factory=MethodConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    logger: LoggerConfig = field(default_factory=LoggerConfig)


resolvers.register()
# Known to Hydra as ``schema``, the first entry of `conf/config.yaml`.
ConfigStore.instance().store(name="schema", node=Config)


def neutral_values(schema: type = Config, prefix: str = "") -> dict[str, Any]:
    """What a record that lacks a key counts as having, by dotted key."""
    found: dict[str, Any] = {}
    for f in fields(schema):
        if isinstance(f.type, type) and is_dataclass(f.type):
            found |= neutral_values(f.type, f"{prefix}{f.name}.")
        elif f.metadata.get("neutral", NO_VALUE) is not NO_VALUE:
            found[prefix + f.name] = f.metadata["neutral"]
    return found
