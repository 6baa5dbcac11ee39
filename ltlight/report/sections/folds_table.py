"""The table of a cross-validation: means over the folds with their spread.

No section of the page by itself: the first one and `results.md` show it.
"""

from collections.abc import Sequence

import numpy as np

from ltlight.report.document.table import Table
from ltlight.report.results.group import Group, groups
from ltlight.report.results.sweep import ACCURACY, BALANCED, BASELINE, F1, Member, Sweep
from ltlight.report.sections.detail_table import GROUP_COLUMNS, spread

TITLE = "Folds: means and their spread"
# Name of a column: metric, scale and digits as printed.
SCORES = {
    "balanced\naccuracy %": (BALANCED, 100, 1),
    "accuracy %": (ACCURACY, 100, 1),
    "macro-F1": (F1, 1, 3),
}
NOTE = (
    "Mean ± standard deviation over the folds, each the mean of its seeds; gains are paired by "
    "fold and seed. What is decided above goes by all images at once, each tested once. The spread "
    "is of different images and of the trainings: folds share training images, so that no error of "
    "the mean follows from it (Bengio and Grandvalet 2004). A fold's own mean recall is over the "
    "classes that it has test images of."
)


def folds_table(sweep: Sweep) -> Table | None:
    """A method a row; None where there are no folds."""
    found = [group for group in groups(sweep) if group.first.folds]
    if not found:
        return None
    header = [*GROUP_COLUMNS, "folds", *SCORES, "gain, points", "lowest to\nhighest fold %"]
    rows = [
        _row(group, method, members) for group in found for method, members in group.methods.items()
    ]
    return Table(header, rows, text_columns=3, caption=TITLE)


def by_fold(members: Sequence[Member], metric: str) -> np.ndarray:
    """A metric of every fold, the mean over seeds, float [folds]."""
    return np.mean([[fold.metrics[metric] for fold in m.folds] for m in members], axis=0)


def _row(group: Group, method: str, members: list[Member]) -> list[str]:
    row = [group.data, group.first.imbalance, method, str(len(members)), str(len(members[0].folds))]
    for metric, scale, digits in SCORES.values():
        row.append(spread([*by_fold(members, metric)], scale, digits))
    scores = 100 * by_fold(members, BALANCED)
    return [*row, _gain(group, method, members), f"{scores.min():.1f} to {scores.max():.1f}"]


def _gain(group: Group, method: str, members: list[Member]) -> str:
    """Over the baseline in balanced accuracy, on common seeds; empty where there are none."""
    theirs = {m.seed: m for m in group.methods.get(BASELINE, [])}
    common = [m for m in members if m.seed in theirs]
    if (
        method == BASELINE
        or not common
        or len(theirs[common[0].seed].folds) != len(common[0].folds)
    ):
        return ""
    before = by_fold([theirs[m.seed] for m in common], BALANCED)
    gains = 100 * (by_fold(common, BALANCED) - before)
    return f"{gains.mean():+.1f} ± {gains.std(ddof=1):.1f}"
