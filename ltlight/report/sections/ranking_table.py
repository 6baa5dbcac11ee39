"""The ranking of many methods as a table, and its cells: for the page, a file and the terminal."""

from collections.abc import Sequence

import numpy as np

from ltlight.report.document.table import NOISE, Table
from ltlight.report.results.seed_average import SeedAverage
from ltlight.report.results.sweep import ACCURACY, BASELINE, F1
from ltlight.report.sections.detail_table import average_name
from ltlight.report.stats.ranking import FREE, RANKED_BY, Entry, Ranking

SHOTS = {
    "many-shot %": "test/recall_many",
    "medium-shot %": "test/recall_medium",
    "few-shot %": "test/recall_few",
}
UNKNOWN = "–"
RANKING_NOTE = (
    "Means over seeds ± their standard deviation. Gain: over the baseline, paired by seed, with "
    "its 95 % interval over test images and seeds together: the error of the images is a paired "
    "bootstrap's, that of the seeds is estimated from all methods at once (two-way analysis of "
    "variance), for a method whose seeds scatter far more from its own. Behind the first: the "
    "paired difference, and its p value corrected by Holm's method for the number of methods "
    f"compared. {NOISE} marks what is within noise: an interval that holds 0, or a corrected p "
    "above 0.05. The sentences above go by corrected p values throughout (three families: against "
    "the first, the baseline, and the adjusted baseline), so they claim less than the intervals. "
    "The first is picked by these very scores, which flatters it: on new seeds it will do a "
    f"little worse. {FREE[0].upper()}{FREE[1:]}: the same trained networks with post-hoc logit "
    "adjustment, logits - log prior (Menon et al. 2021, tau 1). Training: seconds of the fit "
    "without validation, comparable only where runs had a machine of the same kind to themselves."
)


def ranking_table(ranking: Ranking, averages: Sequence[SeedAverage] = ()) -> Table:
    """A method a row, the best first; what the baseline gets for free stands where it would be.

    That is the adjusted baseline, and the average of its seeds' logits if it is among ``averages``.
    """
    seeds = len({len(e.members) for e in ranking.entries}) > 1
    plain = not ranking.has_balanced_test
    name = ranking.label.replace("balanced ", "balanced\n")
    header = ["", "method", *["seeds"] * seeds, name, "gain, points"]
    header += [*["accuracy %"] * plain, "macro-F1", "gain", *SHOTS, "training s"]
    header.append("behind the\nfirst, points")
    group = ranking.group
    rows = [(e.mean(), _row(e, seeds, plain)) for e in in_order(ranking)]
    for a in averages:
        if a.key == (group.data, group.ratio, BASELINE):
            rows.append((a.scores["balanced_accuracy"], _average_row(a, seeds, plain)))
    rows.sort(key=lambda row: -row[0])
    return Table(header, [cells for _, cells in rows], text_columns=2)


def in_order(ranking: Ranking) -> list[Entry]:
    """The entries, and the adjusted baseline where it would stand."""
    free = [ranking.free] if ranking.free else []
    return sorted([*ranking.entries, *free], key=lambda e: -e.mean())


def gain_text(
    entry: Entry, metric: str, scale: float = 100, digits: int = 1, sign: str = "+"
) -> str:
    """The gain over the baseline with its 95 % interval, marked as noise where that holds 0.

    Args:
        entry: of the method.
        metric: of the gain.
        scale: what the gain is multiplied by.
        digits: after the point.
        sign: "-" leaves the plus out of the interval.
    """
    gain = entry.gains.get(metric)
    if gain is None:
        return ""
    low, high = gain.interval
    mark = f"{NOISE} " if low <= 0 <= high else ""
    ends = ", ".join(f"{scale * v:{sign}.{digits}f}" for v in (low, high))
    return f"{mark}{scale * gain.mean:+.{digits}f} [{ends}]"


def behind_text(entry: Entry, with_p: bool = True) -> str:
    """The difference to the first in points, with its corrected p; empty where not compared."""
    if entry.behind is None or entry.p_behind is None:
        return ""
    p = f" (p {entry.p_behind:.2f})" if entry.p_behind >= 0.01 else " (p < 0.01)"
    mark = f"{NOISE} " if entry.is_near else ""
    return f"{mark}{100 * entry.behind.mean:+.1f}" + (p if with_p else "")


def time_text(entry: Entry) -> str:
    """Seconds of training."""
    return UNKNOWN if entry.seconds is None else _seconds(entry.seconds)


def _seconds(seconds: float) -> str:
    return f"{seconds:,.0f}" if seconds >= 10 else f"{seconds:.1f}"


def _row(e: Entry, seeds: bool, plain: bool) -> list[str]:
    """The cells of a method; ``seeds`` and ``plain`` say whether there are such columns."""
    bold = "**" * (e.rank > 0 and e.is_near)
    row = [str(e.rank) if e.rank else "", f"{bold}{e.method}{bold}"]
    row += [str(len(e.members))] * seeds
    row += [_spread(e, RANKED_BY), gain_text(e, RANKED_BY)]
    row += [_spread(e, ACCURACY)] * plain
    row += [_spread(e, F1, 1, 3), gain_text(e, F1, 1, 3)]
    row += [_recall(e, metric) for metric in SHOTS.values()]
    return [*row, time_text(e), behind_text(e)]


def _average_row(a: SeedAverage, seeds: bool, plain: bool) -> list[str]:
    """The same cells of an average of seeds: compared with nothing, trained as often as it asks."""
    times = [m.metrics.get("seconds/train") for m in a.members]
    known = [t for t in times if t is not None]
    row = ["", average_name(a)] + [str(len(a.members))] * seeds
    row += [f"{100 * a.scores['balanced_accuracy']:.1f}", ""]
    row += [f"{100 * a.scores['accuracy']:.1f}"] * plain
    row += [f"{a.scores['f1_macro']:.3f}", ""]
    recalls = [a.scores[metric.removeprefix("test/")] for metric in SHOTS.values()]
    row += [UNKNOWN if np.isnan(value) else f"{100 * value:.1f}" for value in recalls]
    row.append(f"{_seconds(sum(known))} in all" if len(known) == len(times) else UNKNOWN)
    return [*row, ""]


def _spread(entry: Entry, metric: str, scale: float = 100, digits: int = 1) -> str:
    """Mean ± standard deviation over the method's own seeds."""
    values = scale * np.array(list(entry.scores[metric].values()))
    text = f"{values.mean():.{digits}f}"
    return text + (f" ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else "")


def _recall(entry: Entry, metric: str) -> str:
    """Mean recall of the classes of one size; unknown where there are none."""
    name = metric.removeprefix("test/")
    values = [
        m.predictions.adjusted_scores[name] if entry.method == FREE else m.metrics.get(metric)
        for m in entry.members
    ]
    known = [v for v in values if v is not None and not np.isnan(v)]
    return f"{100 * np.mean(known):.1f}" if len(known) == len(values) else UNKNOWN
