"""The table at the end of a sweep, for a terminal of 80 columns; the files hold the rest."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ltlight.report.results.sweep import ACCURACY, F1, Sweep
from ltlight.report.sections.ranking import show_ranking
from ltlight.report.sections.tables import NOISE, arrow
from ltlight.report.stats.comparison import Comparison, mean_gain
from ltlight.report.stats.ranking import Ranking

SHOWN = {F1: ("macro-F1", 1, 3), ACCURACY: ("accuracy %", 100, 1)}  # scale, digits


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
    if rankings or any(c.is_noise(figure) for c in comparisons for figure in SHOWN):
        console.print(f"{NOISE} within noise: see results.md for intervals", markup=False)
    for path, reason in sweep.unfinished:
        last = reason.strip().splitlines()[-1]
        console.print(f"missing: {path}: {last}", markup=False, soft_wrap=True)


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
        for figure, (_, scale, digits) in SHOWN.items():
            cells += [arrow(c, figure, digits=digits), _gain(c, figure, scale, digits)]
        last = following is None or (several and following.ratio != c.ratio)
        table.add_row(*cells, end_section=last)
    for method in dict.fromkeys(c.method for c in comparisons if c.before):
        chosen = [c for c in comparisons if c.method == method and c.before]
        if len(chosen) > 1:
            means = [
                ("", f"{scale * mean_gain(chosen, figure):+.{digits}f}")
                for figure, (_, scale, digits) in SHOWN.items()
            ]
            table.add_row("mean", escape(method), *(cell for pair in means for cell in pair))
    return table


def _gain(c: Comparison, figure: str, scale: float, digits: int) -> str:
    gain = c.gain(figure)
    mark = f"{NOISE} " if c.is_noise(figure) else ""
    return "" if gain is None else f"{mark}{scale * gain.mean():+.{digits}f}"
