"""The section of confusion matrices: the baseline's beside each method's."""

from functools import partial

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.document.blocks import Block, Charts, Panel, Picture, Section, Text
from ltlight.report.drawing import mpl_axes, plotly_axes
from ltlight.report.drawing.small_multiples import matrix_width
from ltlight.report.results.group import Group, confusion, row_percent

NOTE = (
    "Rows are true classes, columns predicted ones, ordered head to tail; percent of the row, all "
    "seeds together; a class without test images has an empty row. Both of a pair have the same "
    "colours. Values: point or tap."
)
SINGLE, BLOCKS = 500, 100
MERGED = (
    f" Of more than {SINGLE} classes neighbours are taken together, at most {BLOCKS} rows and "
    "columns: a diagonal then holds confusions of neighbours, too."
)


def confusion_section(found: list[Group]) -> Section:
    """A pair of matrices for every method beside the first of its group."""
    blocks: list[Block] = [Text(NOTE + MERGED * any(len(g.names) > SINGLE for g in found))]
    for g in found:
        first, *others = g.methods
        pairs = [[first, other] for other in others] or [[first]]
        blocks += [_pair(g, pair) for pair in pairs]
    return Section("confusion", "Confusion matrices", blocks)


def _pair(g: Group, methods: list[str]) -> Charts:
    shown = [row_percent(matrix(g, m)[0]) for m in methods]
    top = max(float(np.nanmax(percent)) for percent in shown)
    slug = f"confusion_{g.slug}_{'_'.join(methods)}"
    caption = f"{g.title}: {' and '.join(methods)}"
    return Charts(
        caption,
        [Panel(f"{slug}-{m}", m, interactive(g, m, top)) for m in methods],
        [Picture(slug, caption, partial(drawn, g, methods, top))],
        width=matrix_width(g),
    )


def matrix(group: Group, method: str) -> tuple[np.ndarray, list[str]]:
    """Counts of a method over all seeds, [C, C], head to tail, and what rows and columns are.

    Of more than `SINGLE` classes, neighbours are added up: [B, B], at most `BLOCKS`. A page of
    3,000 classes would take 70 MB for every matrix, of which a screen shows a thousandth.
    """
    counts, num_classes = confusion(group.methods[method], group.order), len(group.names)
    if num_classes <= SINGLE:
        return counts, group.names
    size = -(-num_classes // BLOCKS)
    starts = np.arange(0, num_classes, size)
    merged = np.add.reduceat(np.add.reduceat(counts, starts, axis=0), starts, axis=1)
    return merged, [f"{start + 1}-{min(start + size, num_classes)}" for start in starts]


def interactive(group: Group, method: str, top: float) -> go.Figure:
    """Confusion matrix in percent of the true class, by Plotly; ``top`` ends the colour scale."""
    counts, names = matrix(group, method)
    room = plotly_axes.label_room(names)
    heat = go.Heatmap(
        z=row_percent(counts).astype(np.float32),
        x=names,
        y=names,
        customdata=counts.astype(np.uint16 if counts.max() < 2**16 else np.uint32),
        hovertemplate="true %{y}<br>predicted %{x}<br>%{z:.1f} % of its test images "
        "(%{customdata} over all seeds)<extra></extra>",
        coloraxis="coloraxis",
    )
    axes = {"showgrid": False, "ticks": ""}
    return plotly_axes.figure_layout(
        go.Figure(heat),
        height=500,
        meta={"square": True},
        margin={"l": room + 18, "r": 46, "t": 8, "b": room + 18},
        xaxis=plotly_axes.class_axis(names, title="predicted class", **axes),
        yaxis=plotly_axes.class_axis(
            names, tickangle=0, autorange="reversed", title="true class", **axes
        ),
        coloraxis={
            "cmin": 0,
            "cmax": top,
            "autocolorscale": True,
            "colorbar": {"thickness": 8, "ticksuffix": " %", "tickfont": {"size": 9}, "x": 1.01},
        },
    )


def drawn(group: Group, methods: list[str], top: float) -> Figure:
    """Confusion matrices side by side on one colour scale, by Matplotlib."""
    matrices = [matrix(group, method) for method in methods]
    names = matrices[0][1]
    room = mpl_axes.label_room(names)
    side = max(3.0, min(6.5, 0.1 * len(names)))
    width, height = room + 0.3 + len(methods) * (side + 0.25) + 0.6, side + room + 0.65
    figure = mpl_axes.new_figure(width, height)
    looks = mpl_axes.label_looks(names)
    for position, (method, (counts, _)) in enumerate(zip(methods, matrices, strict=True)):
        left = room + 0.3 + position * (side + 0.25)
        place = (left / width, (room + 0.3) / height, side / width, side / height)
        axes = figure.add_axes(place)
        percent = row_percent(counts)
        picture = axes.imshow(percent, cmap="Blues", vmin=0, vmax=top, interpolation="nearest")
        axes.set_title(method)
        axes.set_xlabel("predicted class")
        axes.set_xticks(range(len(names)), names, rotation=90, **looks)
        axes.set_yticks(range(len(names)), names if position == 0 else [], **looks)
        axes.tick_params(length=0 if position else 2)
    figure.axes[0].set_ylabel("true class")
    bar = figure.add_axes(
        ((width - 0.7) / width, (room + 0.3) / height, 0.1 / width, side / height)
    )
    figure.colorbar(picture, cax=bar, format="%d %%")
    return figure
