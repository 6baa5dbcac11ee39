"""The table of every score of every method, with the average of its seeds' logits.

No section of the page by itself: the one from head to tail and `results.md` show it.
"""

from collections.abc import Sequence

import numpy as np

from ltlight.report.document.table import Table
from ltlight.report.results.seed_average import SeedAverage, have_own_subsets
from ltlight.report.results.sweep import ACCURACY, BALANCED, F1, Member, Sweep

GROUP_COLUMNS = ["data", "ratio", "method", "seeds"]
DETAILS = {
    "macro-F1": F1,
    "accuracy": ACCURACY,
    "balanced accuracy": BALANCED,
    "many-shot": "test/recall_many",
    "medium-shot": "test/recall_medium",
    "few-shot": "test/recall_few",
    "worst class": "test/recall_worst",
}
# Name of a column: metric, scale and digits as printed.
CALIBRATION = {"ECE %": ("test/ece", 100, 1), "log-loss": ("test/log_loss", 1, 3)}
ADJUSTED = {
    "adjusted: macro-F1": "f1_macro",
    "adjusted: accuracy": "accuracy",
    "adjusted: balanced accuracy": "balanced_accuracy",
}
DETAIL_NOTE = (
    "Many-, medium- and few-shot: mean recall of the classes with more than 100, 20 to 100, and "
    "fewer than 20 training images. ECE: expected calibration error, 15 bins; of the plain logits, "
    "as the log-loss (nats). Adjusted: the same runs with post-hoc logit adjustment, or as "
    "they are where the method adjusts them itself or has the prior in its loss. A method that "
    "re-balances by sampling or weights is corrected twice by it."
)
AVERAGE = "average of the seeds' logits"
AVERAGE_NOTE = (
    f"{AVERAGE[0].upper()}{AVERAGE[1:]}: the networks of the row above, trained already and on one "
    "subset, asked together: their mean logits, free but for the inferences that an image then "
    "costs. It takes part in no comparison, rank or advice."
)
OWN_SUBSETS_NOTE = (
    f"There is no {AVERAGE} where every seed has a training subset or another setting of the data "
    "of its own: it would mix networks trained on different images. Seeds of one subset: "
    "`data.seed=0 seed=0,1,2`, all else equal."
)


def detail_table(sweep: Sweep, averages: Sequence[SeedAverage] = ()) -> Table:
    """Mean ± standard deviation over seeds of every score, a method a row.

    The average of its seeds' logits is in the row below it, see `seed_averages`.
    """
    averaged = {average.key: average for average in averages}
    groups: dict[tuple[str, float, str], list[Member]] = {}
    for m in sweep.finished:
        groups.setdefault((m.data, m.ratio, m.method), []).append(m)
    rows = []
    for key, members in groups.items():
        row = _group_cells(members, members[0].method)
        row += [spread([m.metrics.get(name) for m in members]) for name in DETAILS.values()]
        row += [
            spread([m.metrics.get(name) for m in members], scale, digits)
            for name, scale, digits in CALIBRATION.values()
        ]
        adjusted = [m.predictions.adjusted_scores for m in members]
        row += [spread([a[name] for a in adjusted]) for name in ADJUSTED.values()]
        rows += [row, _average_row(averaged[key])] if key in averaged else [row]
    header = [*GROUP_COLUMNS, *(f"{name} %" for name in DETAILS), *CALIBRATION]
    header += [f"{name} %" for name in ADJUSTED]
    return Table(header, rows, text_columns=3, caption="Every score")


def detail_notes(sweep: Sweep, averages: Sequence[SeedAverage] = ()) -> str:
    """What the columns and rows of a detail table mean, and why there is no average if so."""
    told = [DETAIL_NOTE, *[AVERAGE_NOTE] * bool(averages)]
    return " ".join([*told, *[OWN_SUBSETS_NOTE] * have_own_subsets(sweep)])


def average_name(average: SeedAverage) -> str:
    """How a row calls the average of a method's seeds, with its price."""
    price = f"costs {average.inferences} inferences an image"
    return f"{average.members[0].method}:\n{AVERAGE},\n{price}"


def _group_cells(members: list[Member], method: str) -> list[str]:
    return [members[0].data, members[0].imbalance, method, str(len(members))]


def _average_row(average: SeedAverage) -> list[str]:
    cells, printed = [], [(name, 100, 1) for name in DETAILS.values()]
    for name, scale, digits in [*printed, *CALIBRATION.values()]:
        value = average.scores[name.removeprefix("test/")]
        cells.append(spread([None if np.isnan(value) else value], scale, digits))
    row = _group_cells(average.members, average_name(average))
    return [*row, *cells, *[""] * len(ADJUSTED)]


def spread(values: list[float | None], scale: int = 100, digits: int = 1) -> str:
    """Mean ± standard deviation of the values that there are, scaled; a dash for none."""
    known = scale * np.array([v for v in values if v is not None])
    if not len(known):
        return "–"
    deviation = f" ± {known.std(ddof=1):.{digits}f}" if len(known) > 1 else ""
    return f"{known.mean():.{digits}f}{deviation}"
