"""Blocks: the two writers know every kind there is."""

from typing import get_args

import numpy as np
import plotly.graph_objects as go
import pytest
from matplotlib.figure import Figure

from ltlight.report.document.blocks import (
    Block,
    Card,
    Cards,
    Charts,
    Document,
    Heading,
    Link,
    Listing,
    Panel,
    Picture,
    Pictures,
    Section,
    TableBlock,
    Text,
)
from ltlight.report.document.markdown import MarkdownWriter
from ltlight.report.document.page import render
from ltlight.report.document.table import Strip, Table
from ltlight.report.drawing.image_strips import png

IMAGE = Strip(png(np.zeros((1, 1, 3, 4, 4), np.uint8)), "an image", "its text")
EXAMPLES = [
    Text("a text", "note"),
    Link("rows.csv", "what is in it"),
    Heading("a heading"),
    Listing(["an item"]),
    TableBlock(Table(["a column"], [["a cell"]])),
    Cards([Card("a card", "its value", ["its note"], "good")]),
    Charts("a caption", [Panel("slug", "a title", go.Figure())], [Picture("slug", "alt", Figure)]),
    Pictures("strip", "a strip", IMAGE),
]


def test_there_is_an_example_of_every_kind():
    assert {type(block) for block in EXAMPLES} == {*get_args(Block)}


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda b: type(b).__name__)
def test_both_writers_write_every_kind(block, tmp_path):
    document = Document("title", "subtitle", [Section("s", "a section", [block])])
    told = {
        Text: "a text",
        Link: "rows.csv",
        Heading: "a heading",
        Listing: "an item",
        TableBlock: "a cell",
        Cards: "its value",
        Charts: "a caption",
        Pictures: "its text",
    }[type(block)]
    html = render(document)
    section = html[html.index('<section id="s">') : html.index("</section>")]
    assert told in section
    assert told in MarkdownWriter(tmp_path).write(document).read_text()


def test_a_block_of_no_known_kind_is_refused(tmp_path):
    with pytest.raises(TypeError, match="int"):
        MarkdownWriter(tmp_path).write(Document("", "", [Section("s", "", [3])]))
