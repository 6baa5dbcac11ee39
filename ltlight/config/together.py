"""Which runs of a sweep may be trained at once, told by their configurations. No torch here."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import chain, pairwise
from typing import Any, TypeVar

from ltlight.config.heads import COSINE_LOSSES
from ltlight.config.pretrained import is_frozen
from ltlight.config.schema import Config

T = TypeVar("T")
Run = tuple[Hashable, Config, T]  # what it must have in common with others, and the run itself
# Keys of a method that act when its (first stage's) training is over.
AFTERWARDS = (
    "name",
    "second_stage",
    "second_stage_epochs",
    "second_stage_batch_norm",
    "norm_tau",
    "posthoc_tau",
    "tta",
)
# Of a method, what tells the batches of its training.
BATCHES = (
    "sampler",
    "sampler_from",
    "draws",
    "mix",
    "mix_alpha",
    "mix_probability",
    "mix_off_first",
    "mix_off_last",
    "augment",
)
WORTH_SHARING = 4  # trainings on the same batches from which on they are a group of their own


def trains_with_others(config: Config) -> bool:
    """Whether a run trains a head on cached features, in float32 on one device, step by step.

    Others, and those that a tracker watches, are trained one after another by Lightning's trainer.
    """
    t, logger = config.trainer, config.logger
    return (
        is_frozen(config)
        and not (logger.mlflow or logger.wandb)
        and t.max_epochs > 0
        and (t.devices, t.num_nodes, t.accumulate_grad_batches) == (1, 1, 1)
        and t.precision == "32-true"
    )


def same_images(config: Config) -> str:
    """Everything that a run's images and their features depend on, as text."""
    data = replace(config.data, batch_size=1, eval_batch_size=1)
    augment = config.method.augment if config.model.views > 1 else None
    return repr((asdict(data), asdict(config.model), augment, config.trainer.accelerator))


def same_batches(config: Config) -> str:
    """Everything that the batches of a run's training depend on, as text."""
    drawn = [getattr(config.method, name) for name in BATCHES]
    size, epochs = config.data.batch_size, config.trainer.max_epochs
    return repr((same_images(config), config.seed, size, epochs, drawn))


def same_training(config: Config) -> str:
    """Everything that the weights after a run's (first stage of) training depend on, as text."""
    tree: dict[str, Any] = asdict(config) | {"name": None, "overwrite": None}
    # Of other losses the second stage may take over the first's.
    after = AFTERWARDS if config.method.loss == "cross_entropy" else ("name", "posthoc_tau", "tta")
    tree["method"] = {k: v for k, v in tree["method"].items() if k not in after}
    return repr(tree)


def same_steps(config: Config) -> str:
    """What runs have in common that are likely to be trained at once, as text.

    Only a guess by which a sweep is cut into parts: what goes together is told by the parts that
    are built, see `ltlight.training.heads.alike`.
    """
    m, data = config.method, replace(config.data, seed=0)
    head = m.loss if m.loss in COSINE_LOSSES else "linear"
    steps = (m.draws, m.mix == "regmixup")
    optimizer = (m.schedule, m.warmup_epochs, m.lr, m.weight_decay, m.sam, asdict(config.optim))
    return repr((head, steps, optimizer, asdict(data), asdict(config.model), config.trainer))


def in_groups(runs: Iterable[Run[T]], at_once: int) -> Iterator[list[list[T]]]:
    """Runs in groups that are trained at once.

    Args:
        runs: in any order.
        at_once: the most trainings of a group.

    Yields:
        The trainings of a group, each with the runs that it is of: those that differ in what comes
        after it only.
    """
    for kind in _alike(runs, lambda run: (run[0], _alone(run[1]))):
        trainings = _alike(kind, lambda run: same_training(run[1]))
        seen = _alike(trainings, lambda training: same_batches(training[0][1]))
        pools = [pool for pool in seen if len(pool) >= WORTH_SHARING]
        pools.append([*chain(*(pool for pool in seen if len(pool) < WORTH_SHARING))])
        for pool in pools:
            groups = -(-len(pool) // at_once)
            bounds = [len(pool) * k // max(groups, 1) for k in range(groups + 1)]
            for start, stop in pairwise(bounds):
                yield [[run[2] for run in training] for training in pool[start:stop]]


def _alone(config: Config) -> str | None:
    """What no other training has in common, where a step looks at all weights together."""
    alone = config.method.sam > 0 or config.trainer.gradient_clip_val is not None
    return same_training(config) if alone else None


def _alike(items: Iterable[T], key: Callable[[T], Hashable]) -> Sequence[list[T]]:
    """Items of equal keys together, in the order in which they first appear."""
    found: dict[Hashable, list[T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return [*found.values()]
