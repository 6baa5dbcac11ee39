"""The section of two-class data: curves, areas, and who is called positive at what price."""

from collections.abc import Sequence

from ltlight.report.document.blocks import Block, Heading, Section, TableBlock, Text
from ltlight.report.drawing.palette import Look
from ltlight.report.results.sweep import Sweep
from ltlight.report.sections import two_class_decisions as decisions
from ltlight.report.sections.two_class_curves import curves_charts
from ltlight.report.sections.two_class_tables import (
    TITLE,
    read_groups,
    two_class_notes,
    two_class_table,
)

FOLDED = 8  # rows of decisions up to which they are not folded


def two_classes_section(
    sweep: Sweep, looks: dict[str, Look], notes: Sequence[Text] = ()
) -> Section | None:
    """Curves and tables; None where no data have two classes.

    Args:
        sweep: of which every method is in the tables.
        looks: of the methods that have a curve.
        notes: which these are, if not all.
    """
    found = read_groups(sweep)
    if not found:
        return None
    shown = [
        (group, {name: m for name, m in read.items() if name in looks}) for group, read in found
    ]
    charts = curves_charts(shown, looks)
    table, called = two_class_table(found), decisions.decisions_table(found)
    folded = f"{len(called.rows)} rows of counts" if len(called.rows) > FOLDED else ""
    blocks: list[Block] = [*notes, charts] if charts is not None else []
    blocks += [TableBlock(table.without_constant("data")), Text(two_class_notes(found), "note")]
    blocks += [
        Heading(decisions.TITLE),
        TableBlock(called.without_constant("data"), folded),
        Text(decisions.decisions_note(found), "note"),
    ]
    return Section("two_classes", TITLE, blocks)
