"""Which confusions a method relieves and which it brings, beside its baseline."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ltlight.report.results.group import confusion, row_percent
from ltlight.report.results.sweep import Member

LISTED = 5  # confusions most relieved, and as many most harmed


class Confused(NamedTuple):
    """One confusion: places of the classes head to tail, and percent of the true one's images.

    Attributes:
        images: test images of the true class.
    """

    true: int
    called: int
    before: float
    after: float
    images: int

    @property
    def points(self) -> float:
        """After minus before: below 0 it is relieved."""
        return self.after - self.before


def most_changed(
    before: Sequence[Member], after: Sequence[Member], order: np.ndarray
) -> tuple[list[Confused], list[Confused]]:
    """The confusions most relieved and the most harmed, the largest change first, `LISTED` each.

    Args:
        before: the baseline, of the common seeds.
        after: the method, of the same seeds.
        order: of the classes, int [C].
    """
    counts = confusion(list(before), order)
    was, is_now = row_percent(counts), row_percent(confusion(list(after), order))
    change = is_now - was
    np.fill_diagonal(change, np.nan)
    known = np.flatnonzero(np.isfinite(change))
    rising = known[np.argsort(change.ravel()[known], kind="stable")]
    images = counts.sum(axis=1) // len(before)

    def told(places: np.ndarray, sign: int) -> list[Confused]:
        pairs = [divmod(int(p), len(order)) for p in places if sign * change.flat[p] > 0]
        return [Confused(t, c, was[t, c], is_now[t, c], int(images[t])) for t, c in pairs]

    return told(rising[:LISTED], -1), told(rising[::-1][:LISTED], 1)
