"""The section on the data: training images of every class, and the sample weights they give."""

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.document.blocks import Block, Section, TableBlock, Text
from ltlight.report.document.table import Table
from ltlight.report.drawing import mpl_axes, plotly_axes
from ltlight.report.drawing.small_multiples import class_width, small_multiples
from ltlight.report.results.group import Group

LONG = 20  # classes from which on a table of them is folded, where no figure has the same
FEW = 5  # and where one has
BLUE = "#3b8ac4"
NOTE = (
    "Weight of a sample of class c: N / (C n_c) for N training images, n_c of them of this class, "
    "and C classes. The weighted sampler draws in proportion to it."
)


def sample_weights(counts: np.ndarray) -> np.ndarray:
    """Weight of a sample of every class, N / (C n_c), float [C], of counts int [C] above 0."""
    return counts.sum() / (len(counts) * counts)


def distribution_section(found: list[Group]) -> Section:
    """Bars of every group and a table of counts and weights for every data set."""
    blocks: list[Block] = [
        small_multiples(
            "Training images of every class, head to tail",
            "distribution",
            found,
            interactive,
            drawn,
            [
                f"{g.counts.sum():,} images, {g.counts.max()} to {g.counts.min()} a class"
                for g in found
            ],
            max(map(class_width, found)),
        )
    ]
    for data in dict.fromkeys(g.data for g in found):
        table = _weights([g for g in found if g.data == data])
        classes = len(table.rows) - 1
        folded = f"counts and weights of {classes} classes" if classes > FEW else ""
        blocks.append(TableBlock(table, folded=folded))
    return Section("data", "Class distribution", [*blocks, Text(NOTE, "note")])


def interactive(group: Group) -> go.Figure:
    """Training images of every class, head to tail (the report's Figs 1-3), by Plotly."""
    bars = go.Bar(
        x=group.names,
        y=group.counts,
        customdata=sample_weights(group.counts).round(3),
        hovertemplate="%{x}<br>%{y} training images<br>weight %{customdata}<extra></extra>",
        marker={"color": BLUE},
    )
    return plotly_axes.class_bars(bars, group.names, "training images")


def drawn(group: Group) -> Figure:
    """Training images of every class, head to tail, by Matplotlib."""
    return mpl_axes.class_bars(group, group.counts, BLUE, "training images")


def _weights(found: list[Group]) -> Table:
    """Counts and weights a class, a pair of columns a ratio (the report's Fig 6)."""
    header = ["class"]
    for g in found:
        header += [f"ratio {g.first.imbalance}\nimages", f"ratio {g.first.imbalance}\nweight"]
    columns = []
    for g in found:
        counts = g.first.predictions.class_counts
        columns.append((counts, sample_weights(counts)))
    rows = []
    for c in found[0].order:
        row = [found[0].first.metrics["class_names"][c]]
        for counts, weights in columns:
            row += [str(counts[c]), f"{weights[c]:.3f}"]
        rows.append(row)
    total = ["**all**"]
    for counts, _ in columns:
        total += [f"**{counts.sum()}**", ""]
    return Table(header, [*rows, total], caption="Images and weights of every class")
