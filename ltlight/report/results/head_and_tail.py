"""What a method does to the classes with the most and with the fewest training images."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ltlight.metrics.scores import FEW_BELOW, MANY_ABOVE, recalls
from ltlight.metrics.scores import confusion_matrix as confusion_of
from ltlight.report.results.member import Member


class End(NamedTuple):
    """One end of the classes: what it is called, and which they are, bool [C]."""

    name: str
    classes: np.ndarray


def head(counts: np.ndarray) -> End:
    """The many-shot classes; the largest third where those are none or all.

    Args:
        counts: training images, int [C].
    """
    many = counts > MANY_ABOVE
    if many.any() and not many.all():
        return End(f"classes of more than {MANY_ABOVE} training images", many)
    return End("the largest third of the classes", _ranks(-counts) < _third(counts))


def tail(counts: np.ndarray) -> End:
    """The few-shot classes; the smallest third where those are none or all; see `head`."""
    few = counts < FEW_BELOW
    if few.any() and not few.all():
        return End(f"fewer than {FEW_BELOW}", few)
    return End("the smallest third", _ranks(counts) < _third(counts))


def mean_recall(members: Sequence[Member], end: End, adjusted: bool = False) -> float:
    """Mean recall in [0, 1] of its classes over the runs, plain or with logit adjustment.

    nan where none of them has test images.
    """
    found = []
    for member in members:
        p = member.predictions
        confusion = p.confusion
        if adjusted:
            confusion = confusion_of(p.targets, p.adjusted, len(p.class_counts))
        of_end = recalls(confusion)[end.classes]
        found.append(np.nanmean(of_end) if np.isfinite(of_end).any() else np.nan)
    return float(np.mean(found))


def _third(counts: np.ndarray) -> int:
    return max(1, len(counts) // 3)


def _ranks(values: np.ndarray) -> np.ndarray:
    """The place of each value in rising order, ties as numbered."""
    return np.argsort(np.argsort(values, kind="stable"), kind="stable")
