"""The section that stands first: what every method gains, in a plot and in numbers."""

from collections.abc import Sequence

from ltlight.report.document.blocks import (
    Block,
    Heading,
    Link,
    Listing,
    Section,
    TableBlock,
    Text,
)
from ltlight.report.document.table import Table
from ltlight.report.results import misclassified
from ltlight.report.results.described import described
from ltlight.report.results.seed_average import SeedAverage
from ltlight.report.results.sweep import Sweep, missing
from ltlight.report.sections.folds_table import NOTE as FOLDS_NOTE
from ltlight.report.sections.folds_table import TITLE as FOLDS
from ltlight.report.sections.folds_table import folds_table
from ltlight.report.sections.forest import forest
from ltlight.report.sections.numbers import (
    FILE,
    THE_RULE,
    comparisons_csv,
    numbers_note,
    numbers_table,
)
from ltlight.report.sections.tested_on import what_was_tested
from ltlight.report.stats.comparison import Comparison
from ltlight.report.stats.details import details
from ltlight.report.stats.ranking import Ranking
from ltlight.report.stats.verdict import where

FEW = 6  # methods up to which their descriptions are not folded


def overview_section(
    sweep: Sweep,
    comparisons: Sequence[Comparison],
    rankings: Sequence[Ranking],
    averages: Sequence[SeedAverage] = (),
) -> Section:
    """Forest plot, what it shows in words, the methods, and the numbers folded."""
    blocks: list[Block] = []
    plot = forest(rankings)
    blocks += [plot] if plot is not None else []
    found = sentences(rankings)
    blocks += [Listing(found)] if found else []
    blocks += [Text(sentence) for sentence in what_was_tested(sweep)]
    table = numbers_table(rankings, comparisons, averages)
    folded = f"{len(table.rows)} rows in numbers"
    download = (FILE, comparisons_csv(rankings))
    blocks += [
        methods_block(sweep),
        TableBlock(table.without_constant("data"), folded, download=download),
        Text(THE_RULE, "note"),
        Text(numbers_note(table), "note"),
        *_titled(FOLDS, folds_table(sweep), FOLDS_NOTE),
        Link(misclassified.FILE, misclassified.told(sweep)),
    ]
    return Section("summary", "What every method gains", blocks)


def sentences(rankings: Sequence[Ranking]) -> list[str]:
    """The details of every ranking, of several with their place."""
    several = len({r.group.data for r in rankings}) > 1
    return [
        f"{where(r, several).strip().capitalize()}: {text[0].lower()}{text[1:]}"
        if len(rankings) > 1
        else text
        for r in rankings
        for text in details(r)
    ]


def missing_blocks(sweep: Sweep) -> list[Block]:
    """A warning and the runs that are not there; nothing of a complete sweep."""
    if not sweep.unfinished:
        return []
    number = len(sweep.unfinished)
    told = "1 run is missing:" if number == 1 else f"{number} runs are missing:"
    return [Text(told, "warning"), Listing(missing(sweep))]


def methods_block(sweep: Sweep) -> TableBlock:
    """What every method is, a line each."""
    lines: dict[tuple[str, str], None] = {}
    for member in sweep.finished:
        lines[member.method, described(member)] = None
    folded = f"what the {len(lines)} methods are" if len(lines) > FEW else ""
    table = Table(
        ["method", "what it is"], [list(line) for line in lines], 2, "What the methods are", 1
    )
    return TableBlock(table, folded)


def _titled(title: str, table: Table | None, note: str) -> list[Block]:
    """A table with a heading and a note; nothing for None."""
    if table is None:
        return []
    return [Heading(title), TableBlock(table.without_constant("data")), Text(note, "note")]
