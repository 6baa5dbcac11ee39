"""Figures and axes as Plotly draws them in the page: values on hover, vectors on paper.

Why Plotly: its heat maps are one picture however many cells they have, hover works by touch too, it
prints as vectors, follows the page's colours, and its one file of script needs no network. It is
also the largest (4.8 MB; Bokeh's is 1.3 MB but prints bitmaps and can't follow dark and light;
Vega's is 0.8 MB but draws a rectangle a cell, and embedding it takes a package of 33 MB).

Colours of text, grid and ground are left to `page.js`, which knows whether the page is dark.
"""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from rich.cells import cell_len

from ltlight.report.drawing.class_labels import class_labels

CHARACTER = 0.56  # width of a character in font sizes, about


def label_size(num_classes: int) -> int:
    """Font size of class names on an axis, in pixels."""
    return 12 if num_classes <= 20 else 9


def label_room(names: list[str]) -> int:
    """Pixels that the longest class name takes beside an axis."""
    longest = max(map(cell_len, class_labels(names)))
    return round(CHARACTER * label_size(len(names)) * longest) + 14


def class_axis(names: list[str], **more: Any) -> dict[str, Any]:
    """A categorical axis that names every class: Plotly would leave some out."""
    font = {"size": label_size(len(names))}
    angle = 0 if len(names) <= 20 and max(map(cell_len, names)) <= 2 else -90
    axis = {"type": "category", "dtick": 1, "tickfont": font, "fixedrange": True}
    labels = class_labels(names)
    if labels != names:  # what is drawn keeps the whole names
        axis |= {"tickvals": names, "ticktext": [plain(label) for label in labels]}
    return axis | {"tickangle": angle} | more


def numbered_class_axis(names: list[str]) -> dict[str, Any]:
    """The same axis in places 0, 1, …, between which something can stand."""
    axis = class_axis([plain(name) for name in names])
    labels = [plain(label) for label in class_labels(names)]
    places = {"tickvals": list(range(len(names))), "ticktext": labels}
    axis |= {"type": "linear", "range": [-0.6, len(names) - 0.4], "zeroline": False, **places}
    return {key: value for key, value in axis.items() if key != "dtick"}


def plain(name: str) -> str:
    """A name as it is: Plotly reads tags and turns one with ``<`` into one."""
    return name.replace("&", "&amp;").replace("<", "&lt;")


def add_band(
    figure: go.Figure, x: np.ndarray, low: np.ndarray, high: np.ndarray, **looks: Any
) -> None:
    """A band from ``low`` to ``high`` at ``x``, float [N] each; ``looks`` are Plotly's."""
    around = np.concatenate([high, low[::-1]])
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=around.astype(np.float32),
        fill="toself",
        mode="none",
        hoverinfo="skip",
        showlegend=False,
        **looks,
    )


def figure_layout(figure: go.Figure, height: int, **more: Any) -> go.Figure:
    """The figure with the page's margins and its legend above; ``more`` is Plotly's layout."""
    margin = {"l": 56, "r": 12, "t": 12, "b": 44} | more.pop("margin", {})
    figure.update_layout(
        height=height,
        margin=margin,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        **more,
    )
    return figure


def class_bars(bars: go.Bar, names: list[str], label: str) -> go.Figure:
    """A bar for every class, named below it; ``label`` is of the axis of values."""
    room = label_room(names)
    return figure_layout(
        go.Figure(bars),
        height=230 + room,
        margin={"b": room + 6},
        xaxis=class_axis(names),
        yaxis={"title": {"text": label}, "fixedrange": True},
    )
