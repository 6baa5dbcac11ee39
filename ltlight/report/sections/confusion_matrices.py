"""The drawings of confusion: a matrix in percent, and the difference of two in points."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.drawing import mpl_axes, plotly_axes
from ltlight.report.drawing.class_labels import class_labels
from ltlight.report.results.group import Group, confusion, row_percent
from ltlight.report.results.sweep import Member
from ltlight.report.stats.comparison import Comparison

SINGLE, BLOCKS = 500, 100
NUMBERED = 15  # classes up to which the cells hold numbers
STRONGEST = 99  # percentile of the changes that has the strongest colour: a few are far larger


@dataclass(frozen=True)
class Matrices:
    """What is drawn of a comparison.

    Attributes:
        names: of the columns, head to tail; of merged classes from which to which.
        rows: names of the rows, with their test images where these differ.
        images: of every row; None where these differ.
        first: percent of the row, float [B, B], of the baseline or of a method alone.
        counts: of the same, over all seeds, int [B, B].
        after: percent of the method beside the baseline; None where it is alone.
    """

    names: list[str]
    rows: list[str]
    images: int | None
    first: np.ndarray = field(repr=False)
    counts: np.ndarray = field(repr=False)
    after: np.ndarray | None = field(repr=False)

    @property
    def relief(self) -> np.ndarray:
        """Points of change, above 0 where it is one for the better, float [B, B]."""
        assert self.after is not None
        beside = 1 - 2 * np.eye(len(self.names))  # more of it is worse there, -1 on the diagonal
        return -beside * (self.after - self.first)


def matrices(group: Group, c: Comparison) -> Matrices:
    """The matrices of a method and its baseline over their common seeds."""
    alone = c.before or c.after
    counts, names = merged(group, alone)
    images = counts.sum(axis=1) // len(alone)
    same = bool((images == images[0]).all())
    return Matrices(
        names,
        names if same else [f"{name} ({n})" for name, n in zip(names, images, strict=True)],
        int(images[0]) if same else None,
        row_percent(counts),
        counts,
        row_percent(merged(group, c.after)[0]) if c.before else None,
    )


def merged(group: Group, members: list[Member]) -> tuple[np.ndarray, list[str]]:
    """Counts of a method over its seeds, [C, C], head to tail, and what rows and columns are.

    Of more than `SINGLE` classes, neighbours are added up: [B, B], at most `BLOCKS`. A page of
    3,000 classes would take 70 MB for every matrix, of which a screen shows a thousandth.
    """
    counts, num_classes = confusion(members, group.order), len(group.names)
    if num_classes <= SINGLE:
        return counts, group.names
    size = -(-num_classes // BLOCKS)
    starts = np.arange(0, num_classes, size)
    summed = np.add.reduceat(np.add.reduceat(counts, starts, axis=0), starts, axis=1)
    return summed, [f"{start + 1}-{min(start + size, num_classes)}" for start in starts]


def interactive(m: Matrices) -> go.Figure:
    """The first matrix in percent of the true class, by Plotly."""
    counts = m.counts.astype(np.uint16 if m.counts.max() < 2**16 else np.uint32)
    hover = (
        "true %{y}<br>predicted %{x}<br>%{z:.1f} % of its test images (%{customdata} over all "
        "seeds)<extra></extra>"
    )
    return _heat(m, m.first, counts, hover, _numbers(m.first, "{:.0f}"), {"cmin": 0, "cmax": 100})


def interactive_difference(m: Matrices) -> go.Figure:
    """The method's percent minus the baseline's, coloured by relief and harm, by Plotly."""
    assert m.after is not None
    both = np.stack([m.first, m.after], axis=2).round(1).astype(np.float32)
    hover = (
        "true %{y}<br>predicted %{x}<br>%{customdata[0]} → %{customdata[1]} % of its test images"
        "<extra></extra>"
    )
    top = strongest(m)
    numbers = _numbers(m.after - m.first, "{:+.0f}")
    axis = {"cmin": -top, "cmax": top}
    return _heat(m, m.relief, both, hover, numbers, axis, ["harm", "", "relief"])


def strongest(m: Matrices) -> float:
    """Points that have the strongest colour."""
    known = np.abs(m.relief[np.isfinite(m.relief)])
    return max(1.0, float(np.percentile(known, STRONGEST))) if len(known) else 1.0


def _numbers(values: np.ndarray, form: str) -> list[list[str]] | None:
    """What stands in the cells; None of too many, empty where it would be 0."""
    if len(values) > NUMBERED:
        return None
    return [["" if not abs(v) >= 0.5 else form.format(v) for v in row] for row in values]


def _heat(
    m: Matrices,
    z: np.ndarray,
    hovered: np.ndarray,
    hover: str,
    numbers: list[list[str]] | None,
    colours: dict[str, Any],
    ends: list[str] | None = None,
) -> go.Figure:
    heat = go.Heatmap(
        z=z.astype(np.float32),
        x=m.names,
        y=m.rows,
        customdata=hovered,
        hovertemplate=hover,
        text=numbers,
        texttemplate="%{text}" if numbers else None,
        coloraxis="coloraxis",
    )
    axes = {"showgrid": False, "ticks": ""}
    bar: dict[str, Any] = {"thickness": 8, "tickfont": {"size": 9}, "x": 1.01}
    if ends:
        ticks = [colours["cmin"], 0, colours["cmax"]]
        bar |= {"tickvals": ticks, "ticktext": ends, "tickangle": -90}
    return plotly_axes.figure_layout(
        go.Figure(heat),
        height=500,
        meta={"square": True},
        margin={
            "l": plotly_axes.label_room(m.rows) + 18,
            "r": 42,
            "t": 8,
            "b": plotly_axes.label_room(m.names) + 18,
        },
        xaxis=plotly_axes.class_axis(m.names, title="predicted class", **axes),
        yaxis=plotly_axes.class_axis(
            m.rows, tickangle=0, autorange="reversed", title="true class", **axes
        ),
        coloraxis={**colours, "autocolorscale": True, "colorbar": bar},
    )


def drawn(m: Matrices, titles: list[str]) -> Figure:
    """The matrix, and the difference where there is one, side by side, by Matplotlib."""
    room, number = mpl_axes.label_room(m.rows), len(titles)
    side = max(3.0, min(6.5, 0.1 * len(m.names)))
    width, height = room + 0.3 + number * (side + 0.85), side + room + 0.65
    figure = mpl_axes.new_figure(width, height)
    looks = mpl_axes.label_looks(m.rows)
    top = 100.0 if m.after is None else strongest(m)
    shown = [(m.first, "Blues", 0.0, 100.0)]
    shown += [] if m.after is None else [(m.relief, "BrBG", -top, top)]
    for position, (title, (values, colours, low, high)) in enumerate(
        zip(titles, shown, strict=True)
    ):
        left, bottom = room + 0.3 + position * (side + 0.85), room + 0.3
        axes = figure.add_axes((left / width, bottom / height, side / width, side / height))
        picture = axes.imshow(values, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
        axes.set_title(title, parse_math=False, fontsize=10)
        axes.set_xlabel("predicted class")
        axes.set_xticks(range(len(m.names)), class_labels(m.names), rotation=90, **looks)
        axes.set_yticks(range(len(m.rows)), [] if position else class_labels(m.rows), **looks)
        axes.tick_params(length=0 if position else 2)
        place = ((left + side + 0.08) / width, bottom / height, 0.1 / width, side / height)
        bar = figure.colorbar(picture, cax=figure.add_axes(place))
        bar.ax.tick_params(labelsize=7)
        if position:
            bar.set_ticks([-top, 0, top], labels=["harm", "0", "relief"])
            _write(axes, _numbers(m.after - m.first, "{:+.0f}"), values, top)
        else:
            _write(axes, _numbers(m.first, "{:.0f}"), values, 100.0)
    figure.axes[0].set_ylabel("true class")
    return figure


def _write(axes: Any, numbers: list[list[str]] | None, values: np.ndarray, top: float) -> None:
    """Numbers in the cells, white on dark ones."""
    for row, texts in enumerate(numbers or []):
        for column, text in enumerate(texts):
            colour = "white" if abs(values[row, column]) > 0.6 * top else "black"
            place = {"ha": "center", "va": "center", "fontsize": 7, "color": colour}
            axes.text(column, row, text, **place)
