"""Blocks: the two writers know every kind there is."""

import base64
import re
from typing import get_args

import numpy as np
import plotly.graph_objects as go
import pytest
from matplotlib.figure import Figure

from ltlight.report.document.blocks import (
    Block,
    Charts,
    Document,
    Facts,
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
    Facts([("a name", "its value")]),
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
        Facts: "its value",
        Charts: "a caption",
        Pictures: "its text",
    }[type(block)]
    html = render(document)
    section = html[html.index('<section id="s">') : html.index("</section>")]
    assert told in section
    assert told in MarkdownWriter(tmp_path).write(document).read_text()


def test_what_leads_stands_before_the_sections(tmp_path):
    document = Document("**A** title", "", [Section("s", "", [])], name="n", lead=[Text("lead")])
    html = render(document)
    assert "<title>n: before and after</title>" in html
    assert "<h1><b>A</b> title</h1>" in html
    assert html.index("lead</p>") < html.index("<nav>") < html.index('<section id="s">')
    text = MarkdownWriter(tmp_path).write(document).read_text()
    assert text.index("lead") < text.index("## ")


def test_a_table_can_be_saved_and_then_sorted():
    block = TableBlock(Table(["a"], [["b"]]), "fold", download=("a.csv", "a\nb\n"))
    html = render(Document("", "", [Section("s", "", [block])]))
    assert 'download="a.csv"' in html
    found = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', html)[1]
    assert base64.b64decode(found).decode() == "a\nb\n"
    assert 'class="sortable"' in html


def test_a_block_of_no_known_kind_is_refused(tmp_path):
    with pytest.raises(TypeError, match="int"):
        MarkdownWriter(tmp_path).write(Document("", "", [Section("s", "", [3])]))
