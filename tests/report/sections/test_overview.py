"""The first section: the plot, what it shows, the methods, and the numbers folded."""

import pytest

from ltlight.report.document.blocks import Charts, Heading, Link, Listing, TableBlock, Text
from ltlight.report.results.sweep import Sweep, read_sweep
from ltlight.report.sections.folds_table import NOTE, TITLE
from ltlight.report.sections.overview import missing_blocks, overview_section, sentences
from ltlight.report.stats.comparison import compare, resample
from ltlight.report.stats.details import details
from ltlight.report.stats.judging import rank
from tests.report.run_folders import write_panel, write_run


@pytest.fixture(scope="module")
def rankings(toy):
    return rank(toy, resample(toy))


def test_plot_words_methods_and_numbers(toy, comparisons, rankings):
    blocks = overview_section(toy, comparisons, rankings).blocks
    plot, listing, methods, table, rule, note, errors = blocks
    assert isinstance(plot, Charts)
    assert listing.items == sentences(rankings)
    assert [row[0] for row in methods.table.rows] == ["baseline", "improved"]
    assert methods.folded == ""
    assert table.folded == "6 rows in numbers"
    assert table.download[0] == "comparisons.csv"
    assert table.table.header[0] == "ratio"  # the data's name is the same in every row
    assert "Dunnett" in rule.text
    assert (rule.kind, note.kind) == ("note", "note")
    assert errors.file == "errors.csv"


def test_of_several_rankings_each_sentence_has_its_place(rankings, ranking):
    assert sentences([ranking]) == details(ranking)
    assert all(text.startswith(("At 0.1: ", "At 0.02: ")) for text in sentences(rankings))


def test_many_methods_are_described_behind_a_line(tmp_path):
    write_panel(tmp_path, 8, seeds=1)
    sweep = read_sweep(tmp_path)
    section = overview_section(sweep, compare(sweep), rank(sweep, resample(sweep)))
    [methods] = [b for b in section.blocks if isinstance(b, TableBlock) and not b.download]
    assert methods.folded == "what the 8 methods are"


@pytest.mark.parametrize(("number", "told"), [(1, "1 run is missing:"), (2, "2 runs are missing:")])
def test_missing_runs_are_named(toy, number, told):
    assert missing_blocks(toy) == []
    gone = [(toy.path / f"run{n}", "Traceback …\nValueError: no") for n in range(number)]
    warning, listing = missing_blocks(Sweep(toy.path, toy.finished, gone))
    assert warning == Text(told, "warning")
    assert listing == Listing([f"`run{n}`: ValueError: no" for n in range(number)])


def test_the_list_of_mistakes_is_linked(toy, comparisons, rankings):
    [link] = [b for b in overview_section(toy, comparisons, rankings).blocks if isinstance(b, Link)]
    assert "misclassified" in link.text


def test_folds_have_a_table_with_its_own_note(tmp_path):
    for fold in range(3):
        write_run(tmp_path / "cv", fold=fold, pictures=False)
    sweep = read_sweep(tmp_path / "cv")
    blocks = overview_section(sweep, compare(sweep), rank(sweep, resample(sweep))).blocks
    at = next(i for i, b in enumerate(blocks) if isinstance(b, Heading))
    assert blocks[at] == Heading(TITLE)
    assert blocks[at + 2] == Text(NOTE, "note")
