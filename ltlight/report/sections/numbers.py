"""Every comparison in numbers: a table for the page and `results.md`, and `comparisons.csv`.

No section of the page by itself: the first one and `results.md` show the table.
"""

import csv
import io
from collections.abc import Sequence

import numpy as np

from ltlight.report.document.table import Table
from ltlight.report.results.published import published
from ltlight.report.results.seed_average import SeedAverage
from ltlight.report.results.sweep import ACCURACY, BASELINE, F1
from ltlight.report.sections.detail_table import average_name
from ltlight.report.stats.comparison import Comparison
from ltlight.report.stats.difference import ENOUGH, Difference
from ltlight.report.stats.digits import decimals
from ltlight.report.stats.ranking import FREE, RANKED_BY, Entry, Ranking

FILE = "comparisons.csv"
SHOTS = {
    "many-shot %": "test/recall_many",
    "medium-shot %": "test/recall_medium",
    "few-shot %": "test/recall_few",
}
UNKNOWN = "–"
THE_RULE = (
    "The words: a method is **better** or **worse** if the 95 % interval of the difference, paired "
    "by seed and test image, leaves out 0, else **undecided**; with fewer than "
    f"{ENOUGH} seeds it is undecided whatever the scores, since the noise between trainings is "
    "unknown. Balanced accuracy, the mean recall over classes, decides (on a test set with as many "
    "images of every class it is the accuracy). Intervals hold the noise of seeds (two-way "
    "analysis of variance over all methods; of a method that scatters more, its own) and of test "
    "images (paired bootstrap), and are simultaneous for all methods of a data set and ratio: with "
    "the baseline (Dunnett), with its free logit adjustment (Dunnett), and with the best "
    "(studentised range). Each data set and ratio is a family of its own: among equal methods, 5 % "
    "of such families hold a false better or worse."
)
NOTE = (
    "Means over seeds ± standard deviation. Gain: over the baseline. Over the free one: over the "
    "same baseline with post-hoc logit adjustment, logits - log prior (Menon et al. 2021, tau 1). "
    "Behind the best: below the first, which these very scores have picked. Macro-F1 and its gain "
    "decide nothing here. Training: seconds without validation, where nothing else is recorded to "
    "have run on the machine, else steps. McNemar's p (exact, two-sided, uncorrected; seeds pooled "
    "so that an image counts once) is of these trained networks, not of the methods. "
)
REPORT_NOTE = (
    "Report: published accuracy and macro-F1, at full width, one seed and (CIFAR-50) 50 "
    "epochs: a direction wherever the settings differ; given where a run had the report's classes "
    "and numbers of images."
)


def numbers_note(table: Table) -> str:
    """What stands below a `numbers_table`."""
    return NOTE + (REPORT_NOTE if table.header[-1].startswith("report") else "")


def numbers_table(
    rankings: Sequence[Ranking],
    comparisons: Sequence[Comparison],
    averages: Sequence[SeedAverage] = (),
) -> Table:
    """A method at a ratio a row, the best of a ratio first.

    What the baseline gets for free stands where it would be: adjusted, and the average of its
    seeds' logits if it is among ``averages``.
    """
    plain = not all(r.has_balanced_test for r in rankings)
    reported = any(published(e.members, e.method) for r in rankings for e in r.entries)
    timed = all(e.cost.seconds is not None for r in rankings for e in r.entries)
    p = {(c.data, c.ratio, c.method): c.mcnemar for c in comparisons}
    header = ["data", "ratio", "method", "seeds"]
    header.append("balanced\naccuracy %" if plain else "accuracy %")
    header += ["gain, points", "over the\nfree one", "behind\nthe best", *["accuracy %"] * plain]
    header += ["macro-F1", "gain", *SHOTS, "training s" if timed else "training steps"]
    header += ["McNemar p", *["report:\naccuracy %,\nmacro-F1"] * reported]
    rows = []
    for r in rankings:
        found = [(e.mean(), _row(r, e, plain, reported, timed, p)) for e in in_order(r)]
        for a in averages:
            if a.key == (r.group.data, r.group.ratio, BASELINE):
                row = _average_row(r, a, plain, len(header))
                found.append((a.scores["balanced_accuracy"], row))
        found.sort(key=lambda row: -row[0])
        rows += [cells for _, cells in found]
    return Table(header, rows, text_columns=3, caption="Every comparison")


def in_order(ranking: Ranking) -> list[Entry]:
    """The entries, and the adjusted baseline where it would stand."""
    free = [ranking.free] if ranking.free else []
    return sorted([*ranking.entries, *free], key=lambda e: -e.mean())


def difference_text(d: Difference | None, scale: float = 100) -> str:
    """``+5.7 [+3.8, +7.6]``, to the digits that its error leaves; empty for None."""
    if d is None:
        return ""
    digits = decimals(scale * d.error)
    low, high = (_end(scale * end, digits) for end in d.interval)
    return f"{scale * d.mean:+.{digits}f} [{low}, {high}]"


def _end(value: float, digits: int) -> str:
    """An end of an interval; one that rounds to 0 wouldn't tell whether it holds it."""
    while value and round(value, digits) == 0:
        digits += 1
    return f"{value:+.{digits}f}"


def _judged(d: Difference | None) -> str:
    return "" if d is None else f"{difference_text(d)}\n{d.word}"


def _row(
    r: Ranking,
    e: Entry,
    plain: bool,
    reported: bool,
    timed: bool,
    p: dict[tuple[str, float, str], float | None],
) -> list[str]:
    group = r.group
    row = [group.data, group.first.imbalance, e.method, str(len(e.members))]
    row += [spread(e, RANKED_BY), *(_judged(d) for d in (e.gain, e.over_free, e.behind))]
    row += [spread(e, ACCURACY)] * plain
    row += [spread(e, F1, 1), difference_text(e.gains.get(F1), 1)]
    row += [_recall(e, metric) for metric in SHOTS.values()]
    cost = e.cost.seconds if timed else e.cost.steps
    row += [UNKNOWN if cost is None else _amount(cost)]
    row.append(_p_value(p.get((group.data, group.ratio, e.method)) if e.rank else None))
    if reported:
        found = published(e.members, e.method) if e.rank else None
        row.append(f"{100 * found[1]:.2f}\n{found[0]:.4f}" if found else "")
    return row


def _average_row(r: Ranking, a: SeedAverage, plain: bool, width: int) -> list[str]:
    """The same cells of an average of seeds: compared with nothing."""
    row = [r.group.data, r.group.first.imbalance, average_name(a), str(len(a.members))]
    row += [f"{100 * a.scores['balanced_accuracy']:.1f}", "", "", ""]
    row += [f"{100 * a.scores['accuracy']:.1f}"] * plain
    row += [f"{a.scores['f1_macro']:.3f}", ""]
    recalls = [a.scores[metric.removeprefix("test/")] for metric in SHOTS.values()]
    row += [UNKNOWN if np.isnan(value) else f"{100 * value:.1f}" for value in recalls]
    return [*row, *[""] * (width - len(row))]


def spread(entry: Entry, metric: str, scale: float = 100) -> str:
    """Mean ± standard deviation over the method's own seeds, to the digits that this leaves."""
    values = scale * np.array(list(entry.scores[metric].values()))
    least = 1 if scale == 100 else 3
    if len(values) < 2:
        return f"{values.mean():.{least}f}"
    deviation = values.std(ddof=1)
    digits = decimals(deviation) if scale == 100 else max(2, decimals(deviation))
    return f"{values.mean():.{digits}f} ± {deviation:.{digits}f}"


def _recall(entry: Entry, metric: str) -> str:
    """Mean recall of the classes of one size; unknown where there are none."""
    name = metric.removeprefix("test/")
    values = [
        m.predictions.adjusted_scores[name] if entry.method == FREE else m.metrics.get(metric)
        for m in entry.members
    ]
    known = [v for v in values if v is not None and not np.isnan(v)]
    return f"{100 * np.mean(known):.1f}" if len(known) == len(values) else UNKNOWN


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _p_value(p: float | None) -> str:
    if p is None:
        return ""
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def comparisons_csv(rankings: Sequence[Ranking]) -> str:
    """A method at a ratio a row: means in [0, 1], and each difference with interval and word."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = [
        f"{kind}/{part}"
        for kind in ("gain", "over_free", "behind_best")
        for part in ("seeds", "mean", "low", "high", "word")
    ]
    names += [f"f1_gain/{part}" for part in ("mean", "low", "high")]
    first = ["data", "ratio", "method", "seeds", "balanced_accuracy", "accuracy", "f1_macro"]
    writer.writerow([*first, *names, "train_seconds", "train_steps"])
    for r in rankings:
        for e in in_order(r):
            row = [r.group.data, r.group.ratio, e.method, len(e.members)]
            row += [e.mean(metric) for metric in (RANKED_BY, ACCURACY, F1)]
            for d in (e.gain, e.over_free, e.behind):
                row += [None] * 5 if d is None else [d.seeds, d.mean, *d.interval, d.word]
            f1 = e.gains.get(F1)
            row += [None] * 3 if f1 is None else [f1.mean, *f1.interval]
            writer.writerow([*row, e.cost.seconds, e.cost.steps])
    return file.getvalue()
