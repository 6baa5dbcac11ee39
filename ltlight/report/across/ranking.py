"""Methods ranked over cells, each beside the baseline."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import rankdata

from ltlight.report.across.cells import Cells
from ltlight.report.across.signed_rank import (
    POINT,
    Chances,
    chances,
    holm,
    signed_rank,
    signed_ranks,
    smallest_p,
)
from ltlight.report.results.sweep import BASELINE
from ltlight.report.stats.difference import BETTER, UNDECIDED, WORSE

TESTED_FROM = 8  # cells
LEVEL = 0.05


@dataclass(frozen=True)
class Placed:
    """A method over all cells.

    Attributes:
        rank: the mean of its ranks, 1 the best; methods of one score share theirs.
        score: balanced accuracy, the mean over cells.
        first: cells in which no method has more.
        gains: balanced accuracy over the reference's, float [cells]; None for the reference itself.
        p: of `signed_rank`, corrected by Holm; None below `TESTED_FROM` cells.
        chances: that it is better than the reference by more than a point; None likewise.
    """

    method: str
    rank: float
    score: float
    first: int
    gains: np.ndarray | None
    p: float | None = None
    chances: Chances | None = None

    @property
    def word(self) -> str:
        """Better or worse than the reference over data sets, or undecided; "" for itself.

        The test is of ranks: undecided too where a few large gains turn the mean the other way.
        """
        if self.gains is None:
            return ""
        way = np.sign(self.gains.mean())
        if self.p is None or self.p >= LEVEL or way != np.sign(signed_ranks(self.gains).sum()):
            return UNDECIDED
        return BETTER if way > 0 else WORSE


def placed(cells: Cells) -> list[Placed]:
    """Every method, the best mean rank first; compared with the baseline, or with the best."""
    ranks = rankdata(-cells.scores, axis=1)
    reference = reference_of(cells)
    gains = cells.scores - cells.scores[:, [reference]]
    corrected = corrected_p(cells, reference) if tested(cells) else {}
    best = cells.scores.max(axis=1)
    found = [
        Placed(
            method,
            float(ranks[:, i].mean()),
            float(cells.scores[:, i].mean()),
            int((cells.scores[:, i] == best).sum()),
            None if i == reference else gains[:, i],
            corrected.get(i),
            chances(gains[:, i], cells.clusters) if i in corrected else None,
        )
        for i, method in enumerate(cells.methods)
    ]
    return sorted(found, key=lambda each: each.rank)


def corrected_p(cells: Cells, reference: int) -> dict[int, float]:
    """p of every other method beside the reference, by its place, corrected by Holm."""
    pairs = compared(cells)
    differences = (cells.scores[:, i] - cells.scores[:, j] for i, j in pairs)
    p = holm([signed_rank(d, cells.clusters) for d in differences])
    of_pair = zip(pairs, p, strict=True)
    return {i + j - reference: value for (i, j), value in of_pair if reference in (i, j)}


def compared(cells: Cells) -> list[tuple[int, int]]:
    """Pairs of methods whose comparisons are corrected together.

    Each with the baseline; where there is none all pairs, for the reference is then chosen by these
    very scores.
    """
    pairs = combinations(range(len(cells.methods)), 2)
    return [pair for pair in pairs if 0 in pair or cells.methods[0] != BASELINE]


def reference_of(cells: Cells) -> int:
    """Place of the method that the others are compared with: the baseline, or the best ranked."""
    if cells.methods[0] == BASELINE:
        return 0
    return int(rankdata(-cells.scores, axis=1).mean(axis=0).argmin())


def tested(cells: Cells) -> bool:
    """Whether there are cells enough for a test."""
    return len(cells.cells) >= TESTED_FROM


def headline(cells: Cells, ranked: list[Placed]) -> str:
    """The answer in a sentence."""
    first, reference = ranked[0], cells.methods[reference_of(cells)]
    told = f"`{first.method}` ranks first over {len(cells.cells)} cells ({first.rank:.1f})"
    better = [p.method for p in ranked if p.word == BETTER]
    if better:
        return f"{told}; better than `{reference}`: {', '.join(f'`{m}`' for m in better)}"
    return f"{told}; no method is shown to be better than `{reference}`"


def advice(cells: Cells, ranked: list[Placed]) -> list[str]:
    """What the table means, and what would settle what it leaves open."""
    sets, comparisons = len(cells.data_sets), len(compared(cells))
    told = [
        f"{len(cells.cells)} cells of {_plural(sets, 'data set')}, {len(cells.methods)} methods: "
        "means over seeds of the balanced accuracy, ranked within each cell."
    ]
    likely = [p for p in ranked if p.chances is not None and p.chances.better >= 1 - LEVEL]
    if likely:
        names = ", ".join(
            f"`{p.method}` ({100 * p.chances.better:.0f} %)" for p in likely if p.chances
        )
        told.append(f"Likely to gain more than {100 * POINT:g} point on such a data set: {names}.")
    if not tested(cells):
        told.append(f"Tested from {TESTED_FROM} cells on: until then the order is all there is.")
    elif smallest_p(cells.clusters) * comparisons >= LEVEL:
        told.append(
            f"With {_plural(sets, 'data set')} the test can show nothing: even if all agree, p is "
            f"{smallest_p(cells.clusters):.2g} before it is corrected for {comparisons} "
            f"comparisons. {_wanted(comparisons)} data sets would do; more ratios of the same ones "
            "would not."
        )
    return told


def _wanted(comparisons: int) -> int:
    """Data sets that can show a difference among so many comparisons if all agree."""
    sets = 2
    while 2.0 ** (1 - sets) * comparisons >= LEVEL:
        sets += 1
    return sets


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
