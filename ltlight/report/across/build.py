"""Compare methods over the data sets of several sweeps: print, and write a page."""

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ltlight.errors import UserError
from ltlight.report.across.cells import FILE, read_cells
from ltlight.report.across.ranking import Placed, advice, headline, placed
from ltlight.report.document.table import BOLD
from ltlight.report.document.written import say_written
from ltlight.report.terminal import STYLES


def report_across(folders: Sequence[Path], into: Path, console: Console) -> None:
    """Print the ranking and write it below a folder, as `report.md`, `report.html` and a CSV.

    Raises:
        UserError: see `ltlight.report.across.cells.read_cells`; for a folder that holds something
            else, of which `figures/` would be lost.
    """
    if into.exists() and not (into / FILE).exists() and (not into.is_dir() or any(into.iterdir())):
        raise UserError(f"--into {into} holds something else: name a new folder")
    cells = read_cells(folders)
    ranked = placed(cells)
    console.print(_table(ranked))
    console.print(f"{headline(cells, ranked)}.", style="bold", markup=False, highlight=False)
    for sentence in advice(cells, ranked):
        console.print("· " + BOLD.sub(r"\1", sentence), markup=False, highlight=False)
    if cells.left_out:
        left = ", ".join(cells.left_out)
        console.print(f"left out, since some cell lacks them: {left}", markup=False, soft_wrap=True)
    # The drawing libraries take a second to import: after the table, which is what one awaits.
    from ltlight.report.across import document as pages
    from ltlight.report.document import page
    from ltlight.report.document.markdown import MarkdownWriter

    document = pages.build(cells, ranked)
    into.mkdir(parents=True, exist_ok=True)
    table, html = into / FILE, into / "report.html"
    table.write_text(pages.csv_text(cells), encoding="utf-8")
    html.write_text(page.render(document), encoding="utf-8")
    say_written([table, MarkdownWriter(into).write(document), html], html, console)


def _table(ranked: Sequence[Placed]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("method", overflow="fold", min_width=9)
    for column in ("rank", "bal.\nacc. %", "gain,\npoints"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for each in ranked:
        gain = "" if each.gains is None else f"{100 * each.gains.mean():+.1f}"
        word = f"[{STYLES[each.word]}]{each.word}[/]" if each.word else ""
        table.add_row(
            escape(each.method), f"{each.rank:.1f}", f"{100 * each.score:.1f}", gain, word
        )
    return table
