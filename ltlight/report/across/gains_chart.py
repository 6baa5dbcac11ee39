"""The gain of every method in every cell, a colour and a marker a data set."""

from functools import partial

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.across.cells import Cells
from ltlight.report.across.ranking import Placed, reference_of
from ltlight.report.document.blocks import Charts, Panel, Picture
from ltlight.report.drawing import mpl_axes
from ltlight.report.drawing.palette import GREY, LOOKS
from ltlight.report.drawing.plotly_axes import CHARACTER, figure_layout, plain

ROW, FONT = 26, 12  # pixels
INCH = 0.26  # of a row


def gains_chart(cells: Cells, ranked: list[Placed]) -> Charts:
    """A row a method, a mark a cell, a colour and marker a data set."""
    reference = cells.methods[reference_of(cells)]
    caption = f"Gain over {reference} in points of balanced accuracy; the bar is the mean."
    rows = [each for each in ranked if each.gains is not None]
    panel = Panel("gains_across", "", interactive(cells, rows))
    return Charts(
        caption, [panel], [Picture("gains_across", caption, partial(drawn, cells, rows))], width=340
    )


def interactive(cells: Cells, rows: list[Placed]) -> go.Figure:
    """The gains by Plotly."""
    figure = go.Figure()
    figure.add_vline(x=0, line={"color": GREY.colour, "width": 1.5})
    for number, data in enumerate(cells.data_sets):
        own = np.flatnonzero(cells.clusters == number)
        look = LOOKS[number % len(LOOKS)]
        points = [
            (100 * e.gains[c], -row, cells.names[c])
            for row, e in enumerate(rows)
            if e.gains is not None
            for c in own
        ]
        figure.add_scatter(
            x=[x for x, _, _ in points],
            y=[y for _, y, _ in points],
            text=[plain(name) for _, _, name in points],
            mode="markers",
            name=plain(data),
            marker={"color": look.colour, "symbol": look.marker[0], "size": 9},
            hovertemplate="%{text}: %{x:+.1f} points<extra></extra>",
        )
    means = [100 * e.gains.mean() for e in rows if e.gains is not None]
    figure.add_scatter(
        x=means,
        y=[-row for row in range(len(rows))],
        mode="markers",
        name="mean",
        marker={"symbol": "line-ns", "size": 16, "line": {"width": 3, "color": GREY.colour}},
        hovertemplate="mean: %{x:+.1f} points<extra></extra>",
    )
    room = round(CHARACTER * FONT * max(len(e.method) for e in rows))
    return figure_layout(
        figure,
        height=ROW * len(rows) + 100,
        margin={"l": room + 14, "r": 12, "t": 40, "b": 42},
        xaxis={"title": {"text": "gain, points"}, "fixedrange": True, "zeroline": False},
        yaxis={
            "tickvals": [-row for row in range(len(rows))],
            "ticktext": [plain(e.method) for e in rows],
            "range": [0.6 - len(rows), 0.6],
            "fixedrange": True,
            "zeroline": False,
        },
    )


def drawn(cells: Cells, rows: list[Placed]) -> Figure:
    """The same by Matplotlib."""
    figure = mpl_axes.new_figure(8, INCH * len(rows) + 1.2)
    room = 0.075 * max(len(e.method) for e in rows) + 0.25
    axes = mpl_axes.new_axes(figure, room, 0.5, top=0.5)
    axes.axvline(0, color=GREY.colour, linewidth=1)
    for number, data in enumerate(cells.data_sets):
        own, look = cells.clusters == number, LOOKS[number % len(LOOKS)]
        x = [100 * g for e in rows if e.gains is not None for g in e.gains[own]]
        y = [-row for row in range(len(rows)) for _ in range(own.sum())]
        axes.plot(x, y, look.marker[1], color=look.colour, markersize=5, label=data)
    means = [100 * e.gains.mean() for e in rows if e.gains is not None]
    axes.plot(
        means,
        [-row for row in range(len(rows))],
        "|",
        color=GREY.colour,
        markersize=14,
        markeredgewidth=2.5,
        label="mean",
    )
    axes.set_yticks(
        [-row for row in range(len(rows))], [e.method for e in rows], fontsize=8, parse_math=False
    )
    axes.set_ylim(0.4 - len(rows), 0.6)
    axes.set_xlabel("gain, points")
    mpl_axes.legend_above(axes, columns=5)
    return figure
