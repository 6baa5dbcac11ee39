"""The table of who is called positive: 2x2 counts of every method under every rule.

No section of the page by itself: `two_classes` and `results.md` show it.
"""

from collections.abc import Sequence

import numpy as np

from ltlight.report.document.table import Table
from ltlight.report.results.group import Group
from ltlight.report.results.two_class import LARGER, RULES, Decision, TwoClassMember
from ltlight.report.sections.detail_table import spread

TITLE = "Called positive: the 2x2 counts"
COUNTS = {
    "found (TP)": "found",
    "missed (FN)": "missed",
    "false alarms (FP)": "alarms",
    "left alone (TN)": "left",
}
SHARES = {
    "sensitivity %": "sensitivity",
    "specificity %": "specificity",
    "precision %": "precision",
}
NOTE = (
    "Test images, mean ± standard deviation over seeds (of folds, all together). Sensitivity: "
    "share of the positive images that are found; specificity: of the others that are left alone; "
    "precision: share of those called positive that are. "
)
THRESHOLD_NOTE = (
    "Threshold: the calibrated probability from which on an image is called positive, chosen on "
    "images held out of the training, never on these: what it promised there (a specificity, say) "
    "need not hold here."
)
NO_THRESHOLD_NOTE = (
    "No threshold was chosen and no temperature fitted, as nothing was held out of the training "
    "(`data.val_fraction`): an image is called what has the larger probability."
)

Read = dict[str, list[TwoClassMember]]


def decisions_table(found: Sequence[tuple[Group, Read]]) -> Table:
    """A method under a rule a row; rules that only some of its seeds have a threshold for aren't.

    Args:
        found: groups of two classes, and their members by method.
    """
    with_threshold = any_threshold(found)
    header = ["data", "ratio", "method", "called positive by", *["threshold"] * with_threshold]
    rows = []
    for group, read in found:
        for method, members in read.items():
            for rule in RULES:
                chosen = [m.decisions[rule] for m in members if rule in m.decisions]
                if len(chosen) == len(members):
                    row = [group.data, group.first.imbalance, method, rule]
                    row += [_threshold(chosen, rule)] * with_threshold
                    rows.append([*row, *_numbers(chosen)])
    return Table([*header, *COUNTS, *SHARES], rows, text_columns=4, caption=TITLE)


def decisions_note(found: Sequence[tuple[Group, Read]]) -> str:
    """What stands below it, with what thresholds rest on."""
    return NOTE + (THRESHOLD_NOTE if any_threshold(found) else NO_THRESHOLD_NOTE)


def any_threshold(found: Sequence[tuple[Group, Read]]) -> bool:
    """Whether any run has held-out images to choose one on."""
    members = [m for _, read in found for several in read.values() for m in several]
    return any(rule != LARGER for m in members for rule in m.decisions)


def _threshold(chosen: list[Decision], rule: str) -> str:
    if rule == LARGER:
        return "0.5"
    return spread([d.threshold for d in chosen], 1, 3)


def _numbers(chosen: list[Decision]) -> list[str]:
    digits = 0 if len(chosen) == 1 else 1
    cells = [spread([getattr(d, name) for d in chosen], 1, digits) for name in COUNTS.values()]
    for name in SHARES.values():
        values = [getattr(d, name) for d in chosen]
        cells.append(spread([None if np.isnan(v) else v for v in values], 100, 1))
    return cells
