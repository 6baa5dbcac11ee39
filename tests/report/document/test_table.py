"""Tables: which columns hold words, what is left out, and how Markdown writes them."""

import pytest

from ltlight.report.document.table import BOLD, Strip, Table

STRIP = Strip(b"png", "a picture", "its text")


def test_words_and_pictures_are_aligned_left():
    table = Table(["name", "number", "pictures"], [["a", "1", "–"], ["b", "2", STRIP]])
    assert table.word_columns == {0, 2}
    assert table.markdown().splitlines()[1] == "| --- | ---: | --- |"
    assert Table(["a", "b", "c"], [["x", "y", "1"]], text_columns=2).word_columns == {0, 1}


def test_a_column_that_says_the_same_in_every_row_is_left_out():
    table = Table(["data", "method", "n"], [["toy", "a", "1"], ["toy", "b", "2"]], text_columns=2)
    short = table.without_constant("data")
    assert (short.header, short.rows) == (["method", "n"], [["a", "1"], ["b", "2"]])
    assert short.text_columns == 1
    assert table.without_constant("method") is table


def test_what_a_row_is_of_are_its_words_unless_told_otherwise():
    table = Table(["data", "method", "n"], [["toy", "a", "1"]], text_columns=2, caption="Scores")
    assert table.name_columns == 2
    short = table.without_constant("data")
    assert (short.name_columns, short.caption) == (1, "Scores")
    described = Table(["data", "method", "what"], [["toy", "a", "words"]], 3, named_by=2)
    assert described.name_columns == 2
    assert described.without_constant("data").name_columns == 1
    assert described.without_constant("what").name_columns == 2


def test_markdown_keeps_cells_apart():
    table = Table(["a\nb"], [["x|y"], ["two\nlines"]])
    assert table.markdown() == "| a<br>b |\n| --- |\n| x\\|y |\n| two<br>lines |"


def test_markdown_links_pictures_as_it_is_told():
    table = Table(["pictures"], [[STRIP]])
    assert table.markdown().endswith("| a picture |")
    assert table.markdown(lambda strip: f"<{strip.text}>").endswith("| <its text> |")


@pytest.mark.parametrize(
    ("text", "found"), [("**a** and **b c**", ["a", "b c"]), ("2 ** 3", []), ("****", [])]
)
def test_bold_is_between_pairs_of_stars(text, found):
    assert BOLD.findall(text) == found
