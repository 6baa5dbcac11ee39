"""Keys that act only together with others: what was typed in vain is said. No torch here.

A file of `conf/` may set such a key for those who add the other; what the user typed is meant.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from ltlight.config.fields import NO_VALUE
from ltlight.config.heads import COSINE_LOSSES
from ltlight.config.schema import Config, neutral_values
from ltlight.errors import shown

TRAINED_STAGES = ("crt", "lws", "los", "weight_balancing")


@dataclass(frozen=True)
class Needs:
    """Whether a configuration lets a key act, and what to set where it doesn't.

    Attributes:
        is_met: whether it does.
        instead: what to set.
        anyway: the value that holds where it doesn't; `NO_VALUE`: the key's neutral one.
    """

    is_met: Callable[[Config], bool]
    instead: str
    anyway: Any = NO_VALUE


def _reads_files(config: Config) -> bool:
    data = config.data
    return data.source in ("folder", "table", "idc") or data.root is not None


def _of_loss(loss: str) -> Needs:
    return Needs(lambda c: c.method.loss == loss, f"method.loss={loss}")


MIXING = Needs(lambda c: c.method.mix != "none", "method.mix=cutmix or another")
WEIGHTS = Needs(
    lambda c: c.method.class_weights != "none", "method.class_weights=effective_number or another"
)
STAGE = Needs(
    lambda c: c.method.second_stage in TRAINED_STAGES, "method.second_stage=crt or another"
)
FILES = Needs(_reads_files, "pictures of your own, data=folder data.root=… or data=table")
PATIENTS = Needs(lambda c: c.data.source == "idc", "data=idc")
SEVERAL = Needs(
    lambda c: c.trainer.devices * c.trainer.num_nodes > 1,
    "several processes, trainer.devices=2 or more under torchrun",
)
# To add a key that needs another, add its line.
NEEDS = {
    "method.focal_gamma": _of_loss("focal"),
    "method.loss_tau": _of_loss("logit_adjusted"),
    "method.dbm_margin": _of_loss("dbm_bs"),
    "method.dbm_tau": _of_loss("dbm_bs"),
    "method.smoothing_head": _of_loss("label_aware_smoothing"),
    "method.smoothing_tail": _of_loss("label_aware_smoothing"),
    "method.mix_alpha": MIXING,
    "method.mix_probability": MIXING,
    "method.mix_off_first": MIXING,
    "method.mix_off_last": MIXING,
    "method.class_weights_from": WEIGHTS,
    "method.weighted_mean": WEIGHTS,
    "method.warmup_epochs": Needs(
        lambda c: c.method.schedule != "constant", "method.schedule=warmup or cosine"
    ),
    "method.second_stage_epochs": STAGE,
    "method.second_stage_batch_norm": STAGE,
    "method.norm_tau": Needs(
        lambda c: c.method.second_stage == "tau_norm", "method.second_stage=tau_norm"
    ),
    "optim.lr": Needs(lambda c: c.method.lr is None, "method.lr=null, which goes before it"),
    "optim.weight_decay": Needs(
        lambda c: c.method.weight_decay is None,
        "method.weight_decay=null, which goes before it",
    ),
    "optim.schedule": Needs(
        lambda c: c.method.schedule == c.optim.schedule,
        "a method without a method.schedule of its own, which goes before it",
    ),
    "model.head": Needs(
        lambda c: c.method.loss not in COSINE_LOSSES,
        f"a method.loss other than {' and '.join(COSINE_LOSSES)}, which always have a cosine head",
        anyway="cosine",
    ),
    "trainer.timeout": SEVERAL,
    "optim.one_pass": Needs(lambda c: c.trainer.accelerator != "cpu", "a GPU, trainer=gpu"),
    "model.views": Needs(
        lambda c: c.method.augment != "none",
        "method.augment=crop_flip or another, whose draws the views are",
    ),
    "data.val_fraction": Needs(
        lambda c: (
            c.data.val_fraction == 0
            or c.trainer.max_epochs == 0
            or c.trainer.check_val_every_n_epoch <= c.trainer.max_epochs
        ),
        "an epoch after which the held-out images are evaluated, trainer.check_val_every_n_epoch=1",
    ),
    "data.test_fraction": Needs(
        lambda c: _reads_files(c) and c.data.folds is None,
        "pictures of your own without a test split, data=folder data.root=…, and no data.folds",
    ),
    "data.on_bad_file": FILES,
    "data.max_pixels": FILES,
    "data.resize": FILES,
    "data.background": FILES,
    "data.train_patients": PATIENTS,
    "data.test_patients": PATIENTS,
}


def without_effect(config: Config, overrides: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What was typed and changes nothing.

    A value that says what holds anyway (``method.mix_probability=1``, where nothing is mixed) is
    no mistake.

    Args:
        config: what the overrides came to.
        overrides: as on the command line, those of Hydra's own keys left out.

    Yields:
        (key, a sentence that names it and what would give it an effect).
    """
    neutral = neutral_values()
    for key, value in given(overrides).items():
        needs = NEEDS.get(key)
        if needs is None or needs.is_met(config):
            continue
        if value == (neutral.get(key, NO_VALUE) if needs.anyway is NO_VALUE else needs.anyway):
            continue
        yield (
            key,
            f"{key}={shown(value)} has no effect here: it takes {needs.instead}; or leave it out",
        )


def given(overrides: Sequence[str]) -> dict[str, Any]:
    """The keys that overrides set, dotted, with their values; groups by file are left out."""
    found: dict[str, Any] = {}
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        if override.is_delete() or override.is_sweep_override():
            continue
        _flatten(override.key_or_group, override.value(), found)
    return found


def _flatten(key: str, value: Any, found: dict[str, Any]) -> None:
    if isinstance(value, dict):
        for name, part in value.items():
            _flatten(f"{key}.{name}", part, found)
    else:
        found[key] = value
