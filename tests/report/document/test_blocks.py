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
    Columns,
    Document,
    Facts,
    Heading,
    Link,
    Listing,
    Panel,
    Picture,
    Pictures,
    PriorExplorer,
    Section,
    Setting,
    Switched,
    TableBlock,
    Text,
    Variant,
    charts_of,
)
from ltlight.report.document.markdown import MarkdownWriter
from ltlight.report.document.page import render
from ltlight.report.document.table import Strip, Table
from ltlight.report.drawing.image_strips import png

IMAGE = Strip(png(np.zeros((1, 1, 3, 4, 4), np.uint8)), "an image", "its text")
CHARTS = Charts(
    "a caption", [Panel("slug", "a title", go.Figure())], [Picture("slug", "alt", Figure)]
)
A, B = Setting("digits", "0.1", "sampler"), Setting("digits", "0.02", "sampler")
SOME = TableBlock(Table(["a prior"], [["its accuracy"]]))
EXAMPLES = [
    Text("a text", "note"),
    Link("rows.csv", "what is in it"),
    Heading("a heading"),
    Listing(["an item"]),
    TableBlock(Table(["a column"], [["a cell"]])),
    Facts([("a name", "its value")]),
    CHARTS,
    Pictures("strip", "a strip", IMAGE),
    Columns(((300, [Text("on the left")]), (200, [Text("on the right")]))),
    Switched([Variant(A, [Text("of one ratio")]), Variant(B, [Text("of another")])]),
    PriorExplorer("explore", {}, ["cat", "dog"], 1.0, SOME),
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
        Columns: "on the right",
        Switched: "of another",
        PriorExplorer: "its accuracy",
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
    assert '<table class="sortable">' in html
    assert '<th scope="col"><button type="button">a</button></th>' in html


def test_figures_are_found_inside_of_other_blocks():
    inner = Switched([Variant(A, [Columns(((1, [CHARTS]), (1, [])))]), Variant(B, [CHARTS])])
    assert list(charts_of([Text(""), inner, CHARTS])) == [CHARTS] * 3


def test_a_variant_stands_for_its_setting_or_for_every_method_there():
    every = Variant(Setting("digits", "0.1", ""), [])
    assert [Variant(A, []).stands_for(s) for s in (A, B)] == [True, False]
    assert [every.stands_for(s) for s in (A, B)] == [True, False]


def test_the_switch_stands_before_the_first_section_that_it_changes():
    sections = [Section("a", "", [Text("")]), Section("b", "", [Switched([Variant(A, [])])])]
    assert Document("", "", sections, settings=[A, B], chosen=A).switched == "b"
    assert Document("", "", sections, settings=[A], chosen=A).switched == ""  # nothing to switch
    assert Document("", "", sections[:1], settings=[A, B], chosen=A).switched == ""


def test_the_page_opens_with_the_chosen_variants_and_names_every_setting():
    shown = Switched([Variant(A, [Text("first")]), Variant(B, [Text("second")])])
    section = Section("b", "", [shown])
    html = render(Document("", "", [section], settings=[A, B], chosen=B))
    states = re.findall(r'class="variant( chosen)?"[^>]*data-ratio="([^"]*)"', html)
    assert states == [("", "0.1"), (" chosen", "0.02")]
    assert html.index('id="switch"') < html.index('<section id="b">')
    assert "&#34;ratio&#34;:&#34;0.02&#34;" in html
    alone = render(Document("", "", [section]))  # of nothing chosen all is shown
    assert alone.count('class="variant chosen"') == 2
    assert 'id="switch"' not in alone


def test_a_figure_of_several_places_is_kept_once():
    figure = go.Figure(go.Bar(x=["only once"], y=[1]))
    charts = [Charts("", [Panel(slug, "", figure)], []) for slug in ("one", "two")]
    html = render(Document("", "", [Section("s", "", charts)]))
    assert html.count("only once") == 1
    assert '"two":"one"' in html


def test_a_block_of_no_known_kind_is_refused(tmp_path):
    with pytest.raises(TypeError, match="int"):
        MarkdownWriter(tmp_path).write(Document("", "", [Section("s", "", [3])]))
