"""The misclassified test images of a sweep, the most confident mistakes of a run first."""

from collections.abc import Iterator

import numpy as np

from ltlight.metrics.calibration import log_probabilities
from ltlight.report.results.sweep import Member, Sweep

FILE = "errors.csv"
RUN = ("data", "ratio", "method", "seed")
COLUMNS = (*RUN, "path", "index", "true", "predicted", "probability")
# A file that opens in a spreadsheet: rows in all, and of each run however many runs there are.
ROWS, LEAST = 100_000, 100


def rows_a_run(sweep: Sweep) -> int:
    """How many mistakes of a run are listed at most."""
    return max(LEAST, ROWS // max(1, len(sweep.finished)))


def mistakes(member: Member, at_most: int) -> Iterator[list[object]]:
    """Rows of `COLUMNS` of one run, its logits read anew.

    ``path`` is the picture's file, empty where the run recorded none; ``index`` its place in the
    test set, from 0, of folds one after the other; ``probability`` that of the predicted class at
    the run's temperature (1 where none was fitted).
    """
    names, files = member.metrics["class_names"], member.predictions.files
    wrong = np.flatnonzero(~member.predictions.correct)
    fitted = [run.metrics.get("temperature") or 1.0 for run in member.runs]
    images = [len(run.predictions.targets) for run in member.runs]
    logits = member.logits()[wrong] / np.repeat(fitted, images)[wrong, None]
    probability = np.exp(log_probabilities(logits).max(axis=1))
    for place in np.argsort(-probability, kind="stable")[:at_most]:
        index = wrong[place]
        yield [
            *(member.data, member.ratio, member.method, member.seed),
            "" if files is None else str(files[index]),
            index,
            names[member.predictions.targets[index]],
            names[member.predictions.labels[index]],
            f"{probability[place]:.4f}",
        ]


def told(sweep: Sweep) -> str:
    """What is in the file, and what is left out of it."""
    limit = rows_a_run(sweep)
    wrong = [int((~m.predictions.correct).sum()) for m in sweep.finished]
    listed = sum(min(n, limit) for n in wrong)
    text = "the misclassified test images of every run, its most confident mistakes first"
    if listed < sum(wrong):
        text += f": the first {limit:,} of a run, {listed:,} of {sum(wrong):,} in all"
    return text
