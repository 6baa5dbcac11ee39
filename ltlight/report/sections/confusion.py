"""The section of confusion: the baseline's matrix, what a method changes in it, and where most."""

from collections.abc import Sequence
from functools import partial

from ltlight.report.document.blocks import (
    Block,
    Charts,
    Columns,
    Panel,
    Picture,
    Section,
    TableBlock,
    Text,
)
from ltlight.report.document.table import Table
from ltlight.report.drawing.small_multiples import matrix_width
from ltlight.report.results.confusion_change import Confused, most_changed
from ltlight.report.results.group import Group
from ltlight.report.results.sweep import BASELINE
from ltlight.report.sections import confusion_matrices
from ltlight.report.sections.confusion_matrices import Matrices, matrices
from ltlight.report.sections.switched import by_comparison
from ltlight.report.stats.comparison import Comparison

SINGLE = confusion_matrices.SINGLE
NOTE = (
    "Rows are true classes, columns predicted ones, ordered head to tail; percent of the row, all "
    "common seeds together; a class without test images has an empty row. The difference is the "
    "method's percent minus the baseline's: **teal is relief** (more on the diagonal, less beside "
    "it), **brown or orange is harm**; the strongest colour stands for the 99th percentile of the "
    "changes and all above. Of many cells some change a lot by chance, and the list picks those "
    "that did most: with other seeds a good part of it is another."
)
MERGED = (
    f" Of more than {SINGLE} classes neighbours are taken together, at most "
    f"{confusion_matrices.BLOCKS} rows and columns: a diagonal then holds confusions of "
    "neighbours, too."
)
TABLE = 330  # pixels that the list needs


def confusion_section(found: list[Group], comparisons: Sequence[Comparison]) -> Section:
    """The matrices of every method beside its baseline, and the confusions that changed most."""
    note = NOTE + MERGED * any(len(g.names) > SINGLE for g in found)
    figures: dict[Shared, Panel] = {}  # the baseline's, which methods with the same seeds share

    def blocks(g: Group, c: Comparison) -> list[Block]:
        m = matrices(g, c)
        charts = _charts(g, c, m, figures)
        if not c.before:
            return [charts]
        listed = TableBlock(confusions_table(g, c))
        return [Columns(((2 * matrix_width(g), [charts]), (TABLE, [listed])))]

    return Section(
        "confusion",
        "What is taken for what",
        [by_comparison(found, comparisons, blocks), Text(note, "note")],
    )


Shared = tuple[str, str, tuple[int, ...]]  # slug of a group, method and seeds of a matrix


def _charts(g: Group, c: Comparison, m: Matrices, figures: dict[Shared, Panel]) -> Charts:
    slug = f"confusion_{g.slug}_{c.method}"
    first = BASELINE if c.before else c.method
    caption = f"{g.title}: {first}" + f", and {c.method} minus it" * bool(c.before)
    if m.images is not None:
        caption += f"; {m.images} test images a class"
    key = (g.slug, first, tuple(c.seeds))
    if key not in figures:
        figures[key] = Panel("", f"{first}, %", confusion_matrices.interactive(m))
    shared = figures[key]
    panels = [Panel(f"{slug}-{first}", shared.title, shared.figure)]
    if c.before:
        difference = confusion_matrices.interactive_difference(m)
        panels.append(Panel(f"{slug}-difference", f"{c.method} minus baseline, points", difference))
    draw = partial(confusion_matrices.drawn, m, [p.title for p in panels])
    return Charts(caption, panels, [Picture(slug, caption, draw)], width=matrix_width(g))


def confusions_table(g: Group, c: Comparison) -> Table:
    """The confusions most relieved, then those most harmed."""
    names = g.names

    def row(kind: str, found: Confused) -> list[str]:
        pair = f"{names[found.true]} → {names[found.called]}"
        told = f"{found.before:.1f} → {found.after:.1f}"
        return [kind, pair, told, f"{found.points:+.1f}", f"{found.images}"]

    relieved, harmed = most_changed(c.before, c.after, g.order)
    rows = [row("relieved", f) for f in relieved]
    rows += [row("harmed", f) for f in harmed]
    header = ["change", "true → called", "%", "points", "images"]
    return Table(header, rows, text_columns=2, caption=f"Confusions that {c.method} changed most")
