"""The section that ranks: the advice first, then the figure and the table of every group."""

from ltlight.report.document.blocks import Charts, Heading, Listing, TableBlock, Text
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.ranking import ranking_section
from ltlight.report.stats.comparison import resample
from ltlight.report.stats.ranking import rank
from ltlight.report.stats.recommendation import recommendation
from tests.report.run_folders import write_panel


def test_the_advice_leads_and_its_reasons_follow(ranking):
    section = ranking_section([ranking])
    kinds = [type(block) for block in section.blocks]
    assert kinds == [Text, Listing, Charts, TableBlock, Text]
    advice, reasons = section.blocks[:2]
    assert (advice.kind, [advice.text, *reasons.items]) == ("lead", recommendation(ranking))
    assert len(section.blocks[3].table.rows) == 13


def test_several_groups_have_headings_and_figures_of_their_own(tmp_path):
    write_panel(tmp_path, 5, seeds=1, ratios=(0.1, 0.02))
    sweep = read_sweep(tmp_path)
    section = ranking_section(rank(sweep, resample(sweep)))
    headings = [block.text for block in section.blocks if isinstance(block, Heading)]
    assert headings == ["toy, ratio 0.1", "toy, ratio 0.02"] * 2
    [charts] = [block for block in section.blocks if isinstance(block, Charts)]
    slugs = ["tradeoff_toy_ratio0.1", "tradeoff_toy_ratio0.02"]
    assert [panel.slug for panel in charts.panels] == slugs


def test_runs_without_times_are_ranked_without_the_figure(tmp_path):
    write_panel(tmp_path, 5, seeds=1, metrics={"seconds/train": None})
    sweep = read_sweep(tmp_path)
    section = ranking_section(rank(sweep, resample(sweep)))
    assert [type(block) for block in section.blocks] == [Text, Listing, TableBlock, Text]
