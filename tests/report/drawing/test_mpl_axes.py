"""What the Matplotlib drawings stand in: margins in inches, and room for every class name."""

import numpy as np
import pytest
from matplotlib import pyplot

from ltlight.report.drawing.mpl_axes import (
    class_bars,
    label_room,
    label_size,
    legend_above,
    new_axes,
    new_figure,
)
from ltlight.report.results.group import groups


def test_margins_are_inches():
    figure = new_figure(5, 4)
    place = new_axes(figure, 0.6, 0.5, right=0.2, top=0.3).get_position()
    assert figure.get_size_inches().tolist() == [5, 4]
    assert (place.x0 * 5, place.y0 * 4) == pytest.approx((0.6, 0.5))
    assert ((1 - place.x1) * 5, (1 - place.y1) * 4) == pytest.approx((0.2, 0.3))


def test_pyplot_knows_of_no_figure_to_close():
    new_figure(1, 1)
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("count", [2, 20, 60, 100])
def test_the_longest_name_has_room(count):
    names = ["a_rather_long_name_of_a_class"] * count
    figure = new_figure(4, 4)
    text = figure.text(0, 0, names[0], fontsize=label_size(count))
    drawn = text.get_window_extent().width / figure.dpi
    assert drawn < label_room(names) < 1.8 * drawn


def test_bars_are_named_below_them(toy):
    [group, _] = groups(toy)
    [axes] = class_bars(group, np.arange(5.0), "#3b8ac4", "a label").axes
    assert [bar.get_height() for bar in axes.patches] == [0, 1, 2, 3, 4]
    assert [t.get_text() for t in axes.get_xticklabels()] == group.names
    assert axes.get_ylabel() == "a label"


def test_the_legend_stands_above_the_axes():
    figure = new_figure(4, 3)
    axes = new_axes(figure, 0.5, 0.5, top=0.5)
    axes.plot([0, 1], label="a method")
    legend_above(axes)
    figure.draw_without_rendering()
    legend, frame = axes.get_legend().get_window_extent(), axes.get_window_extent()
    assert legend.y0 >= frame.y1 - 1
    assert legend.y1 <= figure.bbox.y1
