"""The figures as Plotly draws them in the page: values on hover, vectors on paper.

Why Plotly: its heat maps are one picture however many cells they have, hover works by touch too, it
prints as vectors, follows the page's colours, and its one file of script needs no network. It is
also the largest (4.8 MB; Bokeh's is 1.3 MB but prints bitmaps and can't follow dark and light;
Vega's is 0.8 MB but draws a rectangle a cell, and embedding it takes a package of 33 MB).

Colours of text, grid and ground are left to `page.js`, which knows whether the page is dark.
"""

import numpy as np
import plotly.graph_objects as go

from ltlight.data.longtail import inverse_frequency_weights
from ltlight.metrics.scores import FEW_BELOW, MANY_ABOVE
from ltlight.report.drawing.mpl_axes import TICKS
from ltlight.report.drawing.palette import GAIN, LOSS, Look
from ltlight.report.results.curves import mean_curve
from ltlight.report.results.group import Group, confusion, mean_recalls, row_percent, running_mean

CHARACTER = 0.56  # width of a character in font sizes, about


def label_size(num_classes: int) -> int:
    """Font size of class names on an axis, in pixels."""
    return 12 if num_classes <= 20 else 9


def label_room(names: list[str]) -> int:
    """Pixels that the longest class name takes beside an axis."""
    return round(CHARACTER * label_size(len(names)) * max(map(len, names))) + 14


def class_axis(names: list[str], **more: object) -> dict:
    """A categorical axis that names every class: Plotly would leave some out."""
    font = {"size": label_size(len(names))}
    angle = 0 if len(names) <= 20 and max(map(len, names)) <= 2 else -90
    axis = {"type": "category", "dtick": 1, "tickfont": font, "fixedrange": True}
    return axis | {"tickangle": angle} | more


def figure_layout(figure: go.Figure, height: int, **more: object) -> go.Figure:
    margin = {"l": 56, "r": 12, "t": 12, "b": 44} | more.pop("margin", {})
    figure.update_layout(
        height=height,
        margin=margin,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        **more,
    )
    return figure


def distribution(group: Group) -> go.Figure:
    """Training images of every class, head to tail (the report's Figs 1-3)."""
    bars = go.Bar(
        x=group.names,
        y=group.counts,
        customdata=inverse_frequency_weights(group.counts).round(3),
        hovertemplate="%{x}<br>%{y} training images<br>weight %{customdata}<extra></extra>",
        marker={"color": "#3b8ac4"},
    )
    return figure_layout(
        go.Figure(bars),
        height=230 + label_room(group.names),
        margin={"b": label_room(group.names) + 6},
        xaxis=class_axis(group.names),
        yaxis={"title": {"text": "training images"}, "fixedrange": True},
    )


def matrix(group: Group, method: str, top: float) -> go.Figure:
    """Confusion matrix in percent of the true class; ``top`` ends the colour scale."""
    counts = confusion(group.methods[method], group.order)
    room = label_room(group.names)
    heat = go.Heatmap(
        z=row_percent(counts).astype(np.float32),
        x=group.names,
        y=group.names,
        customdata=counts.astype(np.uint16 if counts.max() < 2**16 else np.uint32),
        hovertemplate="true %{y}<br>predicted %{x}<br>%{z:.1f} % of its test images "
        "(%{customdata} over all seeds)<extra></extra>",
        coloraxis="coloraxis",
    )
    axes = {"showgrid": False, "ticks": ""}
    return figure_layout(
        go.Figure(heat),
        height=500,
        meta={"square": True},
        margin={"l": room + 18, "r": 46, "t": 8, "b": room + 18},
        xaxis=class_axis(group.names, title="predicted class", **axes),
        yaxis=class_axis(
            group.names, tickangle=0, autorange="reversed", title="true class", **axes
        ),
        coloraxis={
            "cmin": 0,
            "cmax": top,
            "autocolorscale": True,
            "colorbar": {"thickness": 8, "ticksuffix": " %", "tickfont": {"size": 9}, "x": 1.01},
        },
    )


def recall(group: Group, looks: dict[str, Look]) -> go.Figure:
    """Recall of every class against its training images, methods overlaid, with running means."""
    figure = go.Figure()
    for method, members in group.methods.items():
        look, values = looks[method], 100 * mean_recalls(members, group.order)
        common = {"x": group.counts, "legendgroup": method, "name": method}
        dots = {"color": look.colour, "symbol": look.marker[0], "size": 7, "opacity": 0.75}
        hover = "%{text}: %{y:.1f} %<br>%{x} training images<extra>" + method + "</extra>"
        figure.add_scatter(
            **common, y=values, text=group.names, mode="markers", marker=dots, hovertemplate=hover
        )
        line = {"color": look.colour, "dash": look.dash[0], "width": 2}
        trend = running_mean(values)
        figure.add_scatter(
            **common, y=trend, mode="lines", line=line, showlegend=False, hoverinfo="skip"
        )
    for edge in (FEW_BELOW, MANY_ABOVE):
        figure.add_vline(edge, line={"width": 1, "dash": "dot", "color": "#868e99"})
    return figure_layout(
        figure,
        height=340,
        xaxis={"type": "log", "title": {"text": "training images"}, "tickvals": TICKS},
        yaxis={"title": {"text": "recall %"}, "range": [-4, 104]},
    )


def curve(group: Group, looks: dict[str, Look], figure_name: str, label: str) -> go.Figure:
    """A figure by epoch: the mean over seeds, and ± a standard deviation around it."""
    figure = go.Figure()
    for method, members in group.methods.items():
        epochs, mean, spread = mean_curve(members, figure_name)
        if not len(epochs):
            continue
        look = looks[method]
        common = {"legendgroup": method, "name": method}
        if spread.any():
            around = np.concatenate([mean + spread, (mean - spread)[::-1]])
            figure.add_scatter(
                **common,
                x=np.concatenate([epochs, epochs[::-1]]),
                y=around.astype(np.float32),
                **{"fill": "toself", "fillcolor": look.colour, "opacity": 0.18, "mode": "none"},
                **{"hoverinfo": "skip", "showlegend": False},
            )
        figure.add_scatter(
            **common,
            x=epochs,
            y=mean.astype(np.float32),
            mode="lines",
            line={"color": look.colour, "dash": look.dash[0], "width": 2},
            hovertemplate="epoch %{x}: %{y:.4f}<extra>" + method + "</extra>",
        )
    axes = {"xaxis": {"title": {"text": "epoch"}}, "yaxis": {"title": {"text": label}}}
    return figure_layout(figure, height=280, **axes)


def change(group: Group, before: np.ndarray, after: np.ndarray) -> go.Figure:
    """What a method gained or lost in every class, in points of recall.

    Args:
        group: whose classes they are.
        before, after: recall in [0, 1], float [C], head to tail.
    """
    points = 100 * (after - before)
    bars = go.Bar(
        x=group.names,
        y=points,
        customdata=np.stack([group.counts, 100 * before, 100 * after], axis=1).round(1),
        hovertemplate="%{x}: %{y:+.1f} points<br>%{customdata[1]} → %{customdata[2]} %"
        "<br>%{customdata[0]} training images<extra></extra>",
        marker={"color": np.where(points >= 0, GAIN, LOSS)},
    )
    return figure_layout(
        go.Figure(bars),
        height=230 + label_room(group.names),
        margin={"b": label_room(group.names) + 6},
        xaxis=class_axis(group.names),
        yaxis={"title": {"text": "recall, points"}, "fixedrange": True},
    )
