"""What the Plotly drawings stand in: every class named, the page's margins."""

import plotly.graph_objects as go
import pytest

from ltlight.report.drawing.plotly_axes import (
    class_axis,
    class_bars,
    figure_layout,
    label_room,
    label_size,
)


@pytest.mark.parametrize(
    ("names", "angle", "size"),
    [
        (["0", "1"], 0, 12),
        (["a_long_name", "b"], -90, 12),
        ([str(n) for n in range(21)], -90, 9),
    ],
)
def test_an_axis_names_every_class(names, angle, size):
    axis = class_axis(names, title="classes")
    assert (axis["dtick"], axis["tickangle"], axis["title"]) == (1, angle, "classes")
    assert axis["tickfont"]["size"] == label_size(len(names)) == size
    go.Figure(layout={"xaxis": axis})  # Plotly refuses what it doesn't know


def test_room_grows_with_the_longest_name():
    assert label_room(["a" * 20, "b"]) - label_room(["a" * 10, "b"]) == round(0.56 * 12 * 10)


def test_margins_are_the_pages_but_for_those_that_are_given():
    layout = figure_layout(go.Figure(), height=100, margin={"b": 7}, title="a title").layout
    assert layout.margin.to_plotly_json() == {"l": 56, "r": 12, "t": 12, "b": 7}
    assert (layout.height, layout.title.text) == (100, "a title")
    assert layout.legend.orientation == "h"


def test_bars_have_room_for_their_names():
    names = ["a_long_name", "another_long_name"]
    figure = class_bars(go.Bar(x=names, y=[1, 2]), names, "a label")
    assert figure.layout.height == 230 + label_room(names)
    assert figure.layout.margin.b > label_room(names)
    assert figure.layout.yaxis.title.text == "a label"


def test_long_names_are_shortened_at_the_axis_and_whole_on_hover():
    names = [f"{n} is a name that would leave a figure no room at all" for n in ("<a>", "b")]
    axis = class_axis(names)
    assert axis["tickvals"] == names  # what is drawn is called by them
    assert axis["ticktext"][0].startswith("&lt;a> is a name")
    assert all("…" in text for text in axis["ticktext"])
    assert label_room(names) == label_room(["a" * 26, "b"])
    assert "tickvals" not in class_axis(["a", "b"])
