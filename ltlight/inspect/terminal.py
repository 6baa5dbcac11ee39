"""The inspection on a terminal of 80 columns; the page holds every class."""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ltlight.inspect.advice import advice
from ltlight.inspect.inspection import Inspection
from ltlight.inspect.tables import class_table, facts
from ltlight.report.document.table import BOLD

ENDS = 5  # classes shown of head and tail each


def show(found: Inspection) -> None:
    """Facts, the classes of head and tail, and what it means."""
    console = Console()
    table = Table(box=box.SIMPLE, show_header=False, padding=(0, 1, 0, 0))
    for name, value in facts(found):
        table.add_row(escape(name), escape(value))
    console.print(table)
    console.print(_classes(found))
    for sentence in advice(found):
        console.print("· " + BOLD.sub(r"\1", sentence), markup=False, highlight=False)


def _classes(found: Inspection) -> Table:
    content = class_table(found)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for place, name in enumerate(content.header):
        table.add_column(name, justify="right" if place else "left", overflow="fold")
    rows = [[escape(str(cell)) for cell in row] for row in content.rows]
    if len(rows) > 2 * ENDS + 1:
        left_out = [f"… {len(rows) - 2 * ENDS} more", *[""] * (len(content.header) - 1)]
        rows = [*rows[:ENDS], left_out, *rows[-ENDS:]]
    for row in rows:
        table.add_row(*row)
    return table
