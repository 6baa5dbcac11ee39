"""The section that stands first: before → after at a glance, the main table, what is missing."""

from ltlight.report.document.blocks import (
    Block,
    Card,
    Cards,
    Heading,
    Link,
    Listing,
    Section,
    TableBlock,
    Text,
)
from ltlight.report.results import misclassified
from ltlight.report.results.sweep import ACCURACY, F1, Sweep, missing
from ltlight.report.sections.tables import arrow, main_table, notes
from ltlight.report.sections.tested_on import what_was_tested
from ltlight.report.sections.two_classes import TITLE, two_class_notes, two_class_table
from ltlight.report.stats.comparison import Comparison


def overview_section(sweep: Sweep, comparisons: list[Comparison], folded: bool = False) -> Section:
    """Cards, table and notes; the table alone, ``folded``, where a ranking has said the rest."""
    blocks: list[Block] = []
    if sweep.unfinished:
        number = len(sweep.unfinished)
        told = "1 run is missing:" if number == 1 else f"{number} runs are missing:"
        blocks += [Text(told, "warning"), Listing(missing(sweep))]
    cards = [_card(c) for c in comparisons if c.before]
    if cards and not folded:
        blocks.append(Cards(cards))
    blocks += [Text(sentence) for sentence in what_was_tested(sweep)]
    table = main_table(comparisons)
    told = f"each of {len(table.rows)} comparisons with the baseline" if folded else ""
    blocks += [TableBlock(table.without_constant("data"), told), Text(notes(table), "note")]
    blocks += _two_classes(sweep)
    blocks.append(Link(misclassified.FILE, misclassified.told(sweep)))
    return Section("summary", "Before → after", blocks)


def _two_classes(sweep: Sweep) -> list[Block]:
    """Sensitivity and specificity, where any data have two classes."""
    table = two_class_table(sweep)
    if table is None:
        return []
    shown = TableBlock(table.without_constant("data"))
    return [Heading(TITLE), shown, Text(two_class_notes(sweep), "note")]


def _card(c: Comparison) -> Card:
    """Macro-F1 large, accuracy below; coloured only where the gain is more than noise."""
    gain, points = c.gain(F1).mean(), 100 * c.gain(ACCURACY).mean()
    mood = "noise" if c.is_noise(F1) else "good" if gain > 0 else "bad"
    noise = {metric: ", within noise" * bool(c.is_noise(metric)) for metric in (F1, ACCURACY)}
    lines = [
        f"macro-F1 {gain:+.3f}{noise[F1]}",
        f"accuracy {arrow(c, ACCURACY, digits=1)} %",
        f"{points:+.1f} points{noise[ACCURACY]}",
    ]
    return Card(f"{c.data}, ratio {c.imbalance}: {c.method}", arrow(c, F1, digits=3), lines, mood)
