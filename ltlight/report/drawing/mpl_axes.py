"""Figures and axes as Matplotlib draws them, for `report.md` and for papers."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich.cells import cell_len

from ltlight.fonts import find_fonts
from ltlight.report.drawing.class_labels import class_labels
from ltlight.report.results.group import Group

DPI = 110
NAMED = 200  # classes; the names of more can't be read, and take a second for every hundred
INCH = 0.0085  # of a character per point of its font, about


def label_looks(names: list[str]) -> dict[str, Any]:
    """How class names stand at an axis: a dollar in one begins no formula."""
    fonts = find_fonts(names)
    return {"fontsize": label_size(len(names)), "fontfamily": fonts, "parse_math": False}


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, without pyplot: nothing to close, no display is looked for."""
    figure = Figure(figsize=(width, height), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def new_axes(
    figure: Figure, left: float, bottom: float, right: float = 0.1, top: float = 0.1
) -> Axes:
    """One pair of axes with margins in inches: a layout engine would draw all labels twice."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=2)
    return axes


def label_size(num_classes: int) -> float:
    """Font size of class names on an axis, in points."""
    return 9 if num_classes <= 20 else 6.5 if num_classes <= 60 else 5


def label_room(names: list[str]) -> float:
    """Inches that the longest class name takes; 0.3, for numbers, where they aren't drawn."""
    if len(names) > NAMED:
        return 0.3
    return INCH * label_size(len(names)) * max(map(cell_len, class_labels(names))) + 0.12


def class_bars(group: Group, values: np.ndarray, colours: Any, label: str) -> Figure:
    """A bar for every class, named below it.

    Args:
        group: whose classes they are.
        values: float [C], head to tail.
        colours: of the bars, one or [C].
        label: of the axis of values.
    """
    names, room = group.names, label_room(group.names)
    figure = new_figure(max(5.0, min(11.0, 0.16 * len(names) + 1)), 2.0 + room)
    axes = new_axes(figure, 0.6, room)
    if len(names) > NAMED:  # one artist instead of thousands
        axes.vlines(range(len(names)), 0, values, colors=colours)
    else:
        axes.bar(range(len(names)), values, color=colours)
        axes.set_xticks(range(len(names)), class_labels(names), rotation=90, **label_looks(names))
    axes.set_xlim(-0.7, len(names) - 0.3)
    axes.set_ylabel(label)
    axes.axhline(0, color="black", linewidth=0.6)
    return figure


def legend_above(axes: Axes, columns: int = 4) -> None:
    """The legend, outside of the axes and above them; a dollar in a name begins no formula."""
    legend = axes.legend(
        ncols=columns, loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=8
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
