"""What training a method costs: seconds where they can be compared, else steps."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ltlight.report.results.member import Member
from ltlight.runs.records import comparable

# Processes beside a run's own threads up to which it counts as alone on the machine: it has another
# thread that makes its batches, and at times one that writes.
BESIDE = 1.0


class Cost(NamedTuple):
    """Means over seeds.

    Attributes:
        seconds: of training; None where a run recorded none, or had no machine to itself.
        steps: of all stages; None where a run recorded none.
        work: of a step of the first stage, in forward and backward passes of a batch: SAM's
            takes two, and RegMixup's has the mixed images beside the plain ones.
    """

    seconds: float | None
    steps: float | None
    work: int = 1


def cost(members: Sequence[Member]) -> Cost:
    """The cost of a method's runs, one or more."""
    alone = all(timed_alone(run) for m in members for run in m.runs)
    return Cost(
        _mean([m.metrics.get("seconds/train") for m in members]) if alone else None,
        _mean([_steps(m) for m in members]),
        _work(members[0]),
    )


def timed_alone(member: Member) -> bool:
    """Whether nothing is recorded to have shared the machine, or the training itself, with a run.

    A run whose record says nothing of it counts as alone.
    """
    metrics = member.metrics
    load, threads = metrics.get("load"), metrics.get("threads")
    is_idle = load is None or threads is None or load <= threads + BESIDE
    return is_idle and (metrics.get("trained_together") or 1) == 1


def _steps(member: Member) -> float | None:
    first, second = (member.metrics.get(name) for name in ("steps", "second_stage/steps"))
    return None if first is None else float(first) + float(second or 0)


def _work(member: Member) -> int:
    config = comparable(member.config)
    doubled = (config.get("method.sam", 0) > 0, config.get("method.mix") == "regmixup")
    return 2 ** sum(doubled)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None
