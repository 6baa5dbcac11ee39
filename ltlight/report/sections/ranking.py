"""The ranking of many methods as tables, for the page and for a terminal."""

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from ltlight.report.document.blocks import Block, Heading, Listing, Section, TableBlock, Text
from ltlight.report.document.table import BOLD, Table
from ltlight.report.results.sweep import ACCURACY, F1
from ltlight.report.sections.tables import NOISE
from ltlight.report.sections.tradeoff import points, tradeoff
from ltlight.report.stats.difference import Difference
from ltlight.report.stats.ranking import FREE, RANKED_BY, Entry, Ranking
from ltlight.report.stats.recommendation import recommendation

SHOTS = {
    "many-shot %": "test/recall_many",
    "medium-shot %": "test/recall_medium",
    "few-shot %": "test/recall_few",
}
UNKNOWN = "–"
LEADERBOARD_NOTE = (
    "Means over seeds ± their standard deviation. Gain: over the baseline, paired by seed, with "
    "its 95 % interval over test images and seeds together: the error of the images is a paired "
    "bootstrap's, that of the seeds is estimated from all methods at once (two-way analysis of "
    "variance), for a method whose seeds scatter far more from its own. Behind the first: the "
    "paired difference, and its p value corrected by Holm's method for the number of methods "
    f"compared. {NOISE} marks what is within noise: an interval that holds 0, or a corrected p "
    "above 0.05. The sentences above go by corrected p values throughout (three families: against "
    "the first, the baseline, and the adjusted baseline), so they claim less than the intervals. "
    "The first is picked by these very figures, which flatters it: on new seeds it will do a "
    f"little worse. {FREE[0].upper()}{FREE[1:]}: the same trained networks with post-hoc logit "
    "adjustment, logits - log prior (Menon et al. 2021, tau 1). Training: seconds of the fit "
    "without validation, comparable only where runs had a machine of the same kind to themselves."
)


def ranking_section(rankings: list[Ranking]) -> Section:
    """Advice, figure and table of every data set and ratio."""
    blocks: list[Block] = []
    for r in rankings:
        if len(rankings) > 1:
            blocks.append(Heading(r.group.title))
        advice, *reasons = recommendation(r)
        blocks += [Text(advice, "lead"), Listing(reasons)]
    timed = [r for r in rankings if points(r)]
    blocks += [tradeoff(timed)] if timed else []
    for r in rankings:
        if len(rankings) > 1:
            blocks.append(Heading(r.group.title))
        blocks.append(TableBlock(ranking_table(r)))
    return Section("ranking", "Ranking", [*blocks, Text(LEADERBOARD_NOTE, "note")])


def ranking_table(ranking: Ranking) -> Table:
    """A method a row, the best first; the adjusted baseline stands where it would be."""
    seeds = len({len(e.members) for e in ranking.entries}) > 1
    plain = [] if ranking.has_balanced_test else ["accuracy %"]
    name = ranking.label.replace("balanced ", "balanced\n")
    header = ["", "method", *["seeds"] * seeds, name, "gain, points", *plain]
    header += ["macro-F1", "gain", *SHOTS, "training s", "behind the\nfirst, points"]
    rows = []
    for e in _in_order(ranking):
        bold = "**" * (e.rank > 0 and e.is_near)
        row = [str(e.rank) if e.rank else "", f"{bold}{e.method}{bold}"]
        row += [str(len(e.members))] * seeds
        row += [spread(e, RANKED_BY), _gain(e, RANKED_BY)]
        row += [spread(e, ACCURACY)] if plain else []
        row += [spread(e, F1, 1, 3), _gain(e, F1, 1, 3)]
        row += [_recall(e, figure) for figure in SHOTS.values()]
        rows.append([*row, _time(e), _behind(e)])
    return Table(header, rows, text_columns=2)


def _in_order(ranking: Ranking) -> list[Entry]:
    """The entries, and the adjusted baseline where it would stand."""
    free = [ranking.free] if ranking.free else []
    return sorted([*ranking.entries, *free], key=lambda e: -e.mean())


def show_ranking(ranking: Ranking, title: str, console: Console) -> None:
    """Print the ranking and its advice, for a terminal of 80 columns."""
    console.print(f"{title}: ranking on {ranking.group.title}", markup=False, highlight=False)
    table = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("method", overflow="fold")
    name = "acc. %" if ranking.has_balanced_test else "bal. %"
    for column in (name, "gain, points", "F1", "time s", "to 1st"):
        table.add_column(column, justify="right", no_wrap=True)
    for e in _in_order(ranking):
        near = "[bold]" if e.is_near else ""
        cells = [str(e.rank or ""), near + escape(e.method), f"{100 * e.mean():.1f}"]
        cells += [_gain(e, RANKED_BY, sign="-"), f"{e.mean(F1):.3f}", _time(e)]
        table.add_row(*cells, _behind(e, with_p=False))
    console.print(table)
    for sentence in recommendation(ranking):
        console.print("· " + BOLD.sub(r"\1", sentence), markup=False, highlight=False)


def spread(entry: Entry, figure: str, scale: float = 100, digits: int = 1) -> str:
    """Mean ± standard deviation over the method's own seeds."""
    values = scale * np.array(list(entry.figures[figure].values()))
    text = f"{values.mean():.{digits}f}"
    return text + (f" ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else "")


def _gain(entry: Entry, figure: str, scale: float = 100, digits: int = 1, sign: str = "+") -> str:
    """With its interval, marked where that holds 0; ``sign`` "-" leaves plus out of that."""
    gain: Difference | None = entry.gains.get(figure)
    if gain is None:
        return ""
    low, high = gain.interval
    mark = f"{NOISE} " if low <= 0 <= high else ""
    ends = ", ".join(f"{scale * v:{sign}.{digits}f}" for v in (low, high))
    return f"{mark}{scale * gain.mean:+.{digits}f} [{ends}]"


def _behind(entry: Entry, with_p: bool = True) -> str:
    if entry.behind is None:
        return ""
    p = f" (p {entry.p_behind:.2f})" if entry.p_behind >= 0.01 else " (p < 0.01)"
    mark = f"{NOISE} " if entry.is_near else ""
    return f"{mark}{100 * entry.behind.mean:+.1f}" + (p if with_p else "")


def _recall(entry: Entry, figure: str) -> str:
    """Mean recall of the classes of one size; unknown where there are none."""
    if entry.method == FREE:
        name = figure.removeprefix("test/")
        values = [m.predictions.adjusted_scores[name] for m in entry.members]
    else:
        values = [m.metrics.get(figure) for m in entry.members]
    known = [v for v in values if v is not None and not np.isnan(v)]
    return f"{100 * np.mean(known):.1f}" if len(known) == len(values) else UNKNOWN


def _time(entry: Entry) -> str:
    seconds = entry.seconds
    if seconds is None:
        return UNKNOWN
    return f"{seconds:,.0f}" if seconds >= 10 else f"{seconds:.1f}"
