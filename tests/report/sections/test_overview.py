"""The first section: cards of before → after, the main table, and what is missing."""

from dataclasses import replace

import pytest

from ltlight.report.document.blocks import Cards, Heading, Link, Listing, TableBlock, Text
from ltlight.report.results.sweep import ACCURACY, F1, Sweep, read_sweep
from ltlight.report.sections.overview import overview_section
from ltlight.report.sections.tables import main_table
from ltlight.report.stats.comparison import compare
from tests.report.run_folders import write_run


def test_cards_table_and_notes(toy, comparisons):
    section = overview_section(toy, comparisons)
    cards, table, note, errors = section.blocks
    assert errors.file == "errors.csv"
    assert [card.title for card in cards.cards] == [
        "toy, ratio 0.1: improved",
        "toy, ratio 0.02: improved",
    ]
    assert (table.folded, note.kind) == ("", "note")
    assert "data" not in table.table.header  # the same in every row
    for card, c in zip(cards.cards, comparisons, strict=True):
        assert card.notes[0].startswith(f"macro-F1 {c.gain(F1).mean():+.3f}")
        assert card.notes[2].startswith(f"{100 * c.gain(ACCURACY).mean():+.1f} points")


@pytest.mark.parametrize(
    ("interval", "shift", "mood"),
    [((0.01, 0.2), 0.1, "good"), ((-0.2, -0.01), -0.1, "bad"), ((-0.1, 0.2), 0.1, "noise")],
)
def test_a_card_has_a_colour_only_beyond_noise(toy, comparisons, interval, shift, mood):
    c = comparisons[0]
    one = {"before": c.before[:1], "after": c.after[:1]}  # one seed: the images alone decide
    better = dict(c.before[0].metrics) | {F1: c.before[0].metrics[F1] + shift}
    one["after"] = [replace(c.after[0], metrics=better)]
    c = replace(c, **one, image_intervals={F1: interval})
    [card] = overview_section(toy, [c]).blocks[0].cards
    assert card.mood == mood
    assert ("within noise" in card.notes[0]) == (mood == "noise")


def test_beside_a_ranking_the_table_is_folded_and_there_are_no_cards(toy, comparisons):
    section = overview_section(toy, comparisons, folded=True)
    assert [type(block) for block in section.blocks] == [TableBlock, Text, Link]
    rows = len(main_table(comparisons).rows)
    assert section.blocks[0].folded == f"each of {rows} comparisons with the baseline"


def test_data_of_two_classes_have_a_table_of_their_own(tmp_path):
    for method in ("baseline", "improved"):
        write_run(tmp_path, method=method, num_classes=2, pictures=False)
    sweep = read_sweep(tmp_path)
    blocks = overview_section(sweep, compare(sweep)).blocks
    place = next(i for i, block in enumerate(blocks) if isinstance(block, Heading))
    assert blocks[place].text == "Two classes: sensitivity and specificity"
    assert blocks[place + 1].table.header[3] == "sensitivity %"  # without the one data set's name


@pytest.mark.parametrize(("number", "told"), [(1, "1 run is missing:"), (2, "2 runs are missing:")])
def test_missing_runs_come_first(toy, comparisons, number, told):
    gone = [(toy.path / f"run{n}", "Traceback …\nValueError: no") for n in range(number)]
    section = overview_section(Sweep(toy.path, toy.finished, gone), comparisons)
    warning, listing = section.blocks[:2]
    assert (warning.text, warning.kind) == (told, "warning")
    assert isinstance(listing, Listing)
    assert listing.items == [f"`run{n}`: ValueError: no" for n in range(number)]
    assert isinstance(section.blocks[2], Cards)
