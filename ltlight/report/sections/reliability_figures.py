"""The drawings of calibration: the reliability diagram, and what is expected class by class."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.drawing import mpl_axes, plotly_axes
from ltlight.report.drawing.class_labels import class_labels
from ltlight.report.drawing.palette import GREY, Look
from ltlight.report.results.group import Group
from ltlight.report.results.reliability import Reliability

HEIGHT = 300
NAMED = 20  # classes up to which each is named below the figure; of more on hover
LARGEST, LEAST = 16, 4  # pixels of a dot, of the fullest bin and of one with an image
TICKS = [0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 50]
LABELS = ["0.001", "0.01", "0.1", "0.5", "1", "2", "5", "10", "20", "50"]


def interactive(found: Mapping[str, Reliability], looks: Mapping[str, Look]) -> go.Figure:
    """Accuracy by confidence, in percent, a line a method, by Plotly."""
    figure = go.Figure()
    even = {"color": GREY.colour, "dash": "dot", "width": 1.5}
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", line=even, hoverinfo="skip", showlegend=False
    )
    for method, r in found.items():
        look, filled = looks[method], r.images > 0
        figure.add_scatter(
            x=100 * r.confidence[filled],
            y=100 * r.accuracy[filled],
            customdata=r.images[filled],
            mode="lines+markers",
            name=plotly_axes.plain(method),
            line={"color": look.colour, "dash": look.dash[0], "width": 1.5},
            marker={"color": look.colour, "symbol": look.marker[0], "size": _sizes(r)[filled]},
            hovertemplate="given %{x:.1f} %, right %{y:.1f} %<br>%{customdata:,} images over all "
            "seeds<extra>%{fullData.name}</extra>",
        )
    axis = {"range": [-3, 103], "fixedrange": True}
    return plotly_axes.figure_layout(
        figure,
        height=HEIGHT,
        xaxis={"title": {"text": "confidence %"}, **axis},
        yaxis={"title": {"text": "accuracy %"}, **axis},
    )


def _sizes(r: Reliability) -> np.ndarray:
    """Dots whose area is the bin's images, float [15]."""
    return np.maximum(LEAST, LARGEST * np.sqrt(r.images / max(1, r.images.max())))


def drawn(found: Mapping[str, Reliability], looks: Mapping[str, Look]) -> Figure:
    """Accuracy by confidence, by Matplotlib."""
    figure = mpl_axes.new_figure(4, 3.8)
    axes = mpl_axes.new_axes(figure, 0.6, 0.5, top=0.35)
    axes.plot([0, 100], [0, 100], ":", color=GREY.colour, linewidth=1)
    for method, r in found.items():
        look, filled = looks[method], r.images > 0
        x, y = 100 * r.confidence[filled], 100 * r.accuracy[filled]
        axes.plot(x, y, color=look.colour, linestyle=look.dash[1], label=method, linewidth=1.2)
        dots = (_sizes(r)[filled] / 2) ** 2
        axes.scatter(x, y, s=dots, color=look.colour, marker=look.marker[1])
    axes.set(xlabel="confidence %", ylabel="accuracy %", xlim=(-3, 103), ylim=(-3, 103))
    mpl_axes.legend_above(axes)
    return figure


def by_class(g: Group, found: Mapping[str, Reliability], looks: Mapping[str, Look]) -> go.Figure:
    """Mean probability of every class over its share of the test images, by Plotly."""
    figure = go.Figure()
    for method, r in found.items():
        look = looks[method]
        shares = 100 * np.stack([r.expected, r.frequency], axis=1)[g.order]
        figure.add_scatter(
            x=np.arange(len(g.names)),
            y=ratio(g, r),
            customdata=shares.round(2),
            text=[plotly_axes.plain(name) for name in g.names],
            mode="markers",
            name=plotly_axes.plain(method),
            marker={"color": look.colour, "symbol": look.marker[0], "size": 8},
            hovertemplate="%{text}: expected %{customdata[0]} %, occurs %{customdata[1]} %<extra>"
            "%{fullData.name}</extra>",
        )
    figure.add_hline(1, line={"width": 1.5, "dash": "dot", "color": GREY.colour})
    named = len(g.names) <= NAMED
    nameless = {"title": {"text": "classes, head to tail"}, "showticklabels": False}
    room = plotly_axes.label_room(g.names) if named else 40
    return plotly_axes.figure_layout(
        figure,
        height=max(HEIGHT, HEIGHT - 70 + room),
        margin={"b": room + 6},
        xaxis=plotly_axes.numbered_class_axis(g.names)
        if named
        else nameless | {"showgrid": False, "fixedrange": True, "zeroline": False},
        yaxis={
            "type": "log",
            "title": {"text": "expected / occurring"},
            "tickvals": TICKS,
            "ticktext": LABELS,
            "fixedrange": True,
        },
    )


def ratio(g: Group, r: Reliability) -> np.ndarray:
    """Expected over occurring, float [C] head to tail; nan for classes without test images."""
    occurring = np.where(r.frequency > 0, r.frequency, np.nan)
    found: np.ndarray = (r.expected / occurring)[g.order]
    return found


def by_class_drawn(g: Group, found: Mapping[str, Reliability], looks: Mapping[str, Look]) -> Figure:
    """Mean probability of every class over its share of the test images, by Matplotlib."""
    room = mpl_axes.label_room(g.names)
    figure = mpl_axes.new_figure(max(4.0, min(11.0, 0.16 * len(g.names) + 1)), 2.6 + room)
    axes = mpl_axes.new_axes(figure, 0.65, room, top=0.35)
    for method, r in found.items():
        look = looks[method]
        places, marker = range(len(g.names)), look.marker[1]
        axes.scatter(places, ratio(g, r), s=25, color=look.colour, marker=marker, label=method)
    axes.axhline(1, color=GREY.colour, linestyle=":", linewidth=1)
    axes.set_yscale("log")
    if len(g.names) <= mpl_axes.NAMED:
        looks_of_labels = mpl_axes.label_looks(g.names)
        axes.set_xticks(range(len(g.names)), class_labels(g.names), rotation=90, **looks_of_labels)
    axes.set_ylabel("expected / occurring")
    mpl_axes.legend_above(axes)
    return figure
