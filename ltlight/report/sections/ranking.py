"""The section that ranks many methods: advice, accuracy against training time, and a table."""

from collections.abc import Sequence

from ltlight.report.document.blocks import Block, Heading, Listing, Section, TableBlock, Text
from ltlight.report.results.seed_average import SeedAverage
from ltlight.report.sections.ranking_table import RANKING_NOTE, ranking_table
from ltlight.report.sections.tradeoff import points, tradeoff
from ltlight.report.stats.ranking import Ranking
from ltlight.report.stats.recommendation import recommendation


def ranking_section(rankings: list[Ranking], averages: Sequence[SeedAverage] = ()) -> Section:
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
        blocks.append(TableBlock(ranking_table(r, averages)))
    return Section("ranking", "Ranking", [*blocks, Text(RANKING_NOTE, "note")])
