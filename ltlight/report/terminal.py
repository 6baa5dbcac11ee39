"""The tables at the end of a sweep, for a terminal of 80 columns; the files hold the rest."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ltlight.report.document.table import BOLD, NOISE
from ltlight.report.results.sweep import ACCURACY, F1, Sweep
from ltlight.report.sections.ranking_table import behind_text, gain_text, in_order, time_text
from ltlight.report.sections.tables import arrow
from ltlight.report.sections.tested_on import what_was_tested
from ltlight.report.stats.comparison import Comparison, mean_gain
from ltlight.report.stats.ranking import RANKED_BY, Ranking
from ltlight.report.stats.recommendation import recommendation

SHOWN = {F1: ("macro-F1", 1, 3), ACCURACY: ("accuracy %", 100, 1)}  # name, scale, digits


def show(
    sweep: Sweep,
    comparisons: list[Comparison],
    console: Console,
    rankings: Sequence[Ranking] = (),
) -> None:
    """Print before → after for every data set, or the ranking, and name what is missing."""
    ranked = {(r.group.data, r.group.ratio) for r in rankings}
    comparisons = [c for c in comparisons if (c.data, c.ratio) not in ranked]
    for r in rankings:
        show_ranking(r, sweep.path.name, console)
    for data in dict.fromkeys(c.data for c in comparisons):
        chosen = [c for c in comparisons if c.data == data]
        numbers = sorted({len(c.seeds) for c in chosen})
        seeds = f"{'-'.join(map(str, numbers))} seed{'s' * (numbers != [1])}"
        title = f"{sweep.path.name}: before → after on {data}, mean of {seeds}"
        console.print(title, markup=False, highlight=False)
        console.print(_table(chosen))
    if rankings or any(c.is_noise(metric) for c in comparisons for metric in SHOWN):
        console.print(f"{NOISE} within noise: see results.md for intervals", markup=False)
    for sentence in what_was_tested(sweep):
        console.print(sentence, markup=False, highlight=False)
    for path, reason in sweep.unfinished:
        last = reason.strip().splitlines()[-1]
        console.print(f"missing: {path}: {last}", markup=False, soft_wrap=True)


def show_ranking(ranking: Ranking, title: str, console: Console) -> None:
    """Print a ranking and its advice."""
    console.print(f"{title}: ranking on {ranking.group.title}", markup=False, highlight=False)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("method", overflow="fold")
    name = "acc. %" if ranking.has_balanced_test else "bal. %"
    for column in (name, "gain, points", "F1", "time s", "to 1st"):
        table.add_column(column, justify="right", no_wrap=True)
    for e in in_order(ranking):
        near = "[bold]" if e.is_near else ""
        cells = [str(e.rank or ""), near + escape(e.method), f"{100 * e.mean():.1f}"]
        cells += [gain_text(e, RANKED_BY, sign="-"), f"{e.mean(F1):.3f}", time_text(e)]
        table.add_row(*cells, behind_text(e, with_p=False))
    console.print(table)
    for sentence in recommendation(ranking):
        console.print("· " + BOLD.sub(r"\1", sentence), markup=False, highlight=False)


def _table(comparisons: list[Comparison]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    several = len({c.method for c in comparisons}) > 1
    table.add_column("ratio", no_wrap=True)
    table.add_column("method", overflow="fold")
    for name, _, _ in SHOWN.values():
        table.add_column(name, justify="right", no_wrap=True)
        table.add_column("gain", justify="right", no_wrap=True)
    for c, following in zip(comparisons, [*comparisons[1:], None], strict=True):
        cells = [c.imbalance, escape(c.method)]
        for metric, (_, scale, digits) in SHOWN.items():
            cells += [arrow(c, metric, digits=digits), _gain(c, metric, scale, digits)]
        last = following is None or (several and following.ratio != c.ratio)
        table.add_row(*cells, end_section=last)
    for method in dict.fromkeys(c.method for c in comparisons if c.before):
        chosen = [c for c in comparisons if c.method == method and c.before]
        if len(chosen) > 1:
            cells = ["mean", escape(method)]
            for metric, (_, scale, digits) in SHOWN.items():
                cells += ["", f"{scale * mean_gain(chosen, metric):+.{digits}f}"]
            table.add_row(*cells)
    return table


def _gain(c: Comparison, metric: str, scale: float, digits: int) -> str:
    gain = c.gain(metric)
    mark = f"{NOISE} " if c.is_noise(metric) else ""
    return f"{mark}{scale * gain.mean():+.{digits}f}" if len(gain) else ""
