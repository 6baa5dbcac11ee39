"""The table of two-class data: how many of the class looked for are found, at what price.

No section of the page by itself: the first one and `results.md` show it.
"""

import numpy as np

from ltlight.report.document.table import Table
from ltlight.report.results.group import Group, groups
from ltlight.report.results.sweep import Sweep
from ltlight.report.sections.detail_table import GROUP_COLUMNS, spread

TITLE = "Two classes: sensitivity and specificity"
# Metric: name of its column, scale and digits as printed.
PLAIN = {
    "test/sensitivity": ("sensitivity %", 100, 1),
    "test/specificity": ("specificity %", 100, 1),
    "test/roc_auc": ("ROC-AUC", 1, 3),
    "test/pr_auc": ("PR-AUC", 1, 3),
}
AT_THRESHOLD = {
    "threshold": ("threshold", 1, 3),
    "test/sensitivity_at_threshold": ("sensitivity\nat it %", 100, 1),
    "test/specificity_at_threshold": ("specificity\nat it %", 100, 1),
}
NOTE = (
    "Sensitivity: share of the positive images that are found; specificity: of the others that are "
    "left alone; both by the larger probability, mean ± standard deviation over seeds. ROC-AUC is "
    "0.5 by chance; PR-AUC (average precision) by chance the share of positive test images."
)
THRESHOLD_NOTE = (
    "Threshold: the calibrated probability from which on an image is called positive, chosen on "
    "images held out of the training for the largest balanced accuracy."
)
NO_THRESHOLD_NOTE = (
    "No threshold was chosen and no temperature fitted, as nothing was held out of the training "
    "(`data.val_fraction`)."
)


def two_class_table(sweep: Sweep) -> Table | None:
    """A method a row; None where no data have two classes."""
    found = [group for group in groups(sweep) if len(group.counts) == 2]
    if not found:
        return None
    columns = PLAIN | (AT_THRESHOLD if _any_threshold(found) else {})
    rows = [
        [group.data, group.first.imbalance, method, str(len(members))]
        + [
            spread([m.metrics.get(key) for m in members], scale, digits)
            for key, (_, scale, digits) in columns.items()
        ]
        for group in found
        for method, members in group.methods.items()
    ]
    header = [*GROUP_COLUMNS, *(name for name, _, _ in columns.values())]
    return Table(header, rows, text_columns=3)


def two_class_notes(sweep: Sweep) -> str:
    """What its columns mean, which class is the positive one, and its share of the test images."""
    found = [group for group in groups(sweep) if len(group.counts) == 2]
    data: dict[str, list[str]] = {}
    for group in found:
        data.setdefault(_positive(group), []).append(group.data)
    positives = [
        f"Positive in {', '.join(dict.fromkeys(names))}: {told}" for told, names in data.items()
    ]
    threshold = THRESHOLD_NOTE if _any_threshold(found) else NO_THRESHOLD_NOTE
    return " ".join([NOTE, *positives, threshold])


def _positive(group: Group) -> str:
    predictions, metrics = group.first.predictions, group.first.metrics
    name = metrics["positive_class"]
    share = np.mean(predictions.targets == metrics["class_names"].index(name))
    return f"{name}, {100 * share:.1f} % of the test images."


def _any_threshold(found: list[Group]) -> bool:
    runs = [m for group in found for members in group.methods.values() for m in members]
    return any(m.metrics.get("threshold") is not None for m in runs)
