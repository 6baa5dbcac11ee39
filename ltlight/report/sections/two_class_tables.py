"""The tables of two-class data: areas below curves, sensitivities at specificities, decisions.

No section of the page by itself: `two_classes` and `results.md` show them.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from ltlight.metrics.binary_curves import sensitivity_at_specificity
from ltlight.report.document.table import Table
from ltlight.report.results.group import Group, groups
from ltlight.report.results.sweep import Sweep
from ltlight.report.results.two_class import SPECIFICITIES, TwoClassMember, read_two_class
from ltlight.report.sections import two_class_decisions as decisions
from ltlight.report.sections.detail_table import GROUP_COLUMNS, spread

TITLE = "Two classes: sensitivity and specificity"
AREAS = {"ROC-AUC": "test/roc_auc", "PR-AUC": "test/pr_auc"}
NOTE = (
    "Mean ± standard deviation over seeds, of folds their mean. ROC-AUC is 0.5 by chance; PR-AUC "
    "(average precision) by chance the share of positive test images. Sensitivity at a specificity "
    "is read off the ROC curve of the test images, as the areas are: it compares methods, and "
    "needs a threshold that is known for these images only; what thresholds of held-out images "
    "reach is below."
)

Read = dict[str, list[TwoClassMember]]


def read_groups(sweep: Sweep) -> list[tuple[Group, Read]]:
    """The groups of two classes, and their members by method."""
    found = [group for group in groups(sweep) if len(group.counts) == 2]
    return [
        (group, {name: list(map(read_two_class, several)) for name, several in g.items()})
        for group in found
        for g in [group.methods]
    ]


def two_class_tables(sweep: Sweep) -> list[tuple[str, Table, str]]:
    """Title, table and note of each; none where no data have two classes."""
    found = read_groups(sweep)
    if not found:
        return []
    called = decisions.decisions_table(found), decisions.decisions_note(found)
    return [(TITLE, two_class_table(found), two_class_notes(found)), (decisions.TITLE, *called)]


def two_class_table(found: Sequence[tuple[Group, Read]]) -> Table:
    """A method a row: areas, and sensitivities at specificities."""
    rows = [
        [group.data, group.first.imbalance, method, str(len(members))]
        + [spread([m.metrics.get(key) for m in members], 1, 3) for key in AREAS.values()]
        + [spread(at_specificity(read[method], s)) for s in SPECIFICITIES]
        for group, read in found
        for method, members in group.methods.items()
    ]
    header = [*GROUP_COLUMNS, *AREAS]
    header += [f"sensitivity % at\nspecificity {100 * s:.0f} %" for s in SPECIFICITIES]
    return Table(header, rows, text_columns=3, caption=TITLE)


def at_specificity(members: list[TwoClassMember], specificity: float) -> list[float | None]:
    """Sensitivity of every member in [0, 1]; None where there is no curve."""
    return [
        float(m.mean_of_folds(partial(sensitivity_at_specificity, specificity=specificity)))
        if m.has_curves
        else None
        for m in members
    ]


def two_class_notes(found: Sequence[tuple[Group, Read]]) -> str:
    """What its columns mean, which class is the positive one, and its share of the test images."""
    data: dict[str, list[str]] = {}
    for group, _ in found:
        data.setdefault(_positive(group), []).append(group.data)
    positives = [
        f"Positive in {', '.join(dict.fromkeys(names))}: {told}" for told, names in data.items()
    ]
    return " ".join([NOTE, *positives])


def _positive(group: Group) -> str:
    predictions, metrics = group.first.predictions, group.first.metrics
    name = metrics["positive_class"]
    share = np.mean(predictions.targets == metrics["class_names"].index(name))
    return f"{name}, {100 * share:.1f} % of the test images."
