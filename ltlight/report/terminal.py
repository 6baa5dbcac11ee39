"""The verdict at the end of a sweep, for a terminal of 40 columns or more; files hold the rest."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ltlight.report.document.table import BOLD
from ltlight.report.results.sweep import F1, Sweep
from ltlight.report.sections.numbers import difference_text, in_order
from ltlight.report.sections.tested_on import what_was_tested
from ltlight.report.stats.advice import advice
from ltlight.report.stats.ranking import Entry, Ranking
from ltlight.report.stats.verdict import headline

STYLES = {"better": "green", "worse": "red", "undecided": "dim"}
WITH_F1, WITH_INTERVAL = 72, 60  # columns of a terminal from which on there is room for them


def show(sweep: Sweep, rankings: Sequence[Ranking], console: Console) -> None:
    """Print a table for every data set, what is missing, and the verdict last, where one looks."""
    for data in dict.fromkeys(r.group.data for r in rankings):
        chosen = [r for r in rankings if r.group.data == data]
        console.print(f"{sweep.path.name}: {data}", markup=False, highlight=False)
        console.print(_table(chosen, console.width))
    for sentence in what_was_tested(sweep):
        console.print(sentence, markup=False, highlight=False)
    for path, reason in sweep.unfinished:
        last = reason.strip().splitlines()[-1]
        console.print(f"missing: {path}: {last}", markup=False, soft_wrap=True)
    console.print(f"{headline(rankings)}.", style="bold", markup=False, highlight=False)
    for sentence in advice(rankings):
        console.print("· " + BOLD.sub(r"\1", sentence), markup=False, highlight=False)


def _table(rankings: list[Ranking], width: int) -> Table:
    """A method at a ratio a row, with its gain, interval and word; of those what has room."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("ratio", no_wrap=True)
    table.add_column("method", overflow="fold", min_width=9)
    score = "acc. %" if all(r.has_balanced_test for r in rankings) else "bal.\nacc. %"
    f1, points = ["F1"] * (width >= WITH_F1), "gain,\npoints"
    for column in (score, *f1, points if width < WITH_INTERVAL else "gain, points"):
        table.add_column(column, justify="right", no_wrap=True)
    if width >= WITH_INTERVAL:
        table.add_column("", no_wrap=True)
    for r in rankings:
        entries = in_order(r)
        for i, e in enumerate(entries):
            ratio = r.group.first.imbalance if i == 0 else ""
            table.add_row(ratio, *_cells(e, width), end_section=i + 1 == len(entries))
    return table


def _cells(e: Entry, width: int) -> list[str]:
    gain = e.gain
    name = escape(e.method) if e.rank else f"[italic]{escape(e.method)}[/]"
    f1 = [f"{e.mean(F1):.3f}"] * (width >= WITH_F1)
    cells = [name, f"{100 * e.mean():.1f}", *f1]
    difference, word = difference_text(gain), f"[{STYLES[gain.word]}]{gain.word}[/]" if gain else ""
    if width >= WITH_INTERVAL:
        return [*cells, difference, word]
    return [*cells, f"{difference.partition(' [')[0]}\n{word}".strip()]
