"""The figure of every class before and after: two recalls with their intervals, joined."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.drawing import mpl_axes, plotly_axes
from ltlight.report.drawing.class_labels import class_labels
from ltlight.report.drawing.palette import GAIN, GREY, LOSS
from ltlight.report.results.group import Group, mean_recalls
from ltlight.report.results.sweep import BASELINE
from ltlight.report.stats.comparison import Comparison
from ltlight.report.stats.shares import wilson

ASIDE = 0.15  # of a class's place, by which before and after stand apart: intervals overlap else
AFTER = "#3b8ac4"
PICTURES, AXES = 30, 270  # pixels above the axes, and of these


@dataclass(frozen=True)
class Ends:
    """Recall of every class before and after, head to tail, in percent, float [C].

    Attributes:
        around: lower and upper ends of the intervals of both, float [2, 2, C].
    """

    group: Group
    method: str
    before: np.ndarray = field(repr=False)
    after: np.ndarray = field(repr=False)
    around: np.ndarray = field(repr=False)

    @property
    def points(self) -> np.ndarray:
        """What the method gained, float [C]; nan for classes without test images."""
        return self.after - self.before


def ends(group: Group, c: Comparison) -> Ends:
    """The recalls of a method and its baseline on their common seeds."""
    images = np.bincount(group.first.predictions.targets, minlength=len(group.names))[group.order]
    shares = [mean_recalls(members, group.order) for members in (c.before, c.after)]
    around = np.array([wilson(share, images) for share in shares])
    return Ends(group, c.method, 100 * shares[0], 100 * shares[1], 100 * around)


def interactive(e: Ends, pictures: str = "") -> go.Figure:
    """Dumbbells head to tail, by Plotly.

    Args:
        e: what is drawn.
        pictures: the data set whose thumbnails stand above; empty for none.
    """
    figure, g = go.Figure(), e.group
    places = np.arange(len(g.names))
    for name, colour, chosen in (
        ("gained", GAIN, e.points >= 0),
        ("lost", LOSS, e.points < 0),
    ):
        figure.add_scatter(**_lines(e, places, chosen), name=name, line={"color": colour})
        figure.data[-1].line.width = 4
    _add_dots(figure, e, places)
    room, above = plotly_axes.label_room(g.names), 34 + PICTURES * bool(pictures)
    plotly_axes.figure_layout(
        figure,
        height=AXES + above + room,
        meta={"thumbnails": pictures} if pictures else None,
        margin={"b": room + 6, "t": above},
        xaxis=plotly_axes.numbered_class_axis(g.names),
        yaxis={"title": {"text": "recall %"}, "range": [-4, 104], "fixedrange": True},
    )
    figure.layout.legend.y = 1 + (6 + PICTURES * bool(pictures)) / AXES
    return figure


def _add_dots(figure: go.Figure, e: Ends, places: np.ndarray) -> None:
    """Before and after with their intervals, beside each other."""
    names = [plotly_axes.plain(name) for name in e.group.names]
    told = np.stack([e.before, e.after, e.points, e.group.counts], axis=1).round(1)
    hover = (
        "%{text}: %{customdata[0]} → %{customdata[1]} %, %{customdata[2]:+.1f} points<br>"
        "%{customdata[3]} training images, interval %{hovertext}<extra></extra>"
    )
    for i, (name, values, colour, symbol) in enumerate(_dots(e)):
        figure.add_scatter(
            x=places + (2 * i - 1) * ASIDE,
            y=values,
            mode="markers",
            name=plotly_axes.plain(name),
            text=names,
            customdata=told,
            hovertemplate=hover,
            hovertext=[
                f"of {plotly_axes.plain(name)} {low:.0f} to {high:.0f} %"
                for low, high in e.around[i].T
            ],
            marker={"color": colour, "symbol": symbol, "size": 8, "line": {"width": 2 - i}},
            error_y={
                "array": e.around[i][1] - values,
                "arrayminus": values - e.around[i][0],
                "symmetric": False,
                "color": colour,
                "thickness": 1,
                "width": 0,
            },
        )


def _dots(e: Ends) -> list[tuple[str, np.ndarray, str, str]]:
    return [
        (BASELINE, e.before, GREY.colour, "circle-open"),
        (e.method, e.after, AFTER, "circle"),
    ]


def _lines(e: Ends, places: np.ndarray, chosen: np.ndarray) -> dict[str, Any]:
    x = [v for p in places[chosen] for v in (p - ASIDE, p + ASIDE, None)]
    y = [v for b, a in zip(e.before[chosen], e.after[chosen], strict=True) for v in (b, a, None)]
    return {"x": x, "y": y, "mode": "lines", "hoverinfo": "skip"}


def drawn(e: Ends) -> Figure:
    """Dumbbells head to tail, by Matplotlib."""
    names, room = e.group.names, mpl_axes.label_room(e.group.names)
    figure = mpl_axes.new_figure(max(5.0, min(11.0, 0.2 * len(names) + 1)), 2.4 + room)
    axes = mpl_axes.new_axes(figure, 0.6, room, top=0.35)
    places = np.arange(len(names))
    for colour, chosen in ((GAIN, e.points >= 0), (LOSS, e.points < 0)):
        both = np.array([places - ASIDE, places + ASIDE])[:, chosen]
        axes.plot(both, np.array([e.before, e.after])[:, chosen], color=colour, linewidth=2)
    for i, (name, values, colour, symbol) in enumerate(_dots(e)):
        axes.errorbar(
            places + (2 * i - 1) * ASIDE,
            values,
            yerr=np.abs(e.around[i] - values),
            fmt="o",
            color=colour,
            markerfacecolor="white" if symbol.endswith("open") else colour,
            markersize=4,
            elinewidth=0.7,
            label=name,
        )
    if len(names) <= mpl_axes.NAMED:
        axes.set_xticks(places, class_labels(names), rotation=90, **mpl_axes.label_looks(names))
    axes.set(xlim=(-0.7, len(names) - 0.3), ylim=(-4, 104), ylabel="recall %")
    mpl_axes.legend_above(axes)
    return figure
