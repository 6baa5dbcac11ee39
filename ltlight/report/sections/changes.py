"""The section on what changed, class by class, between the baseline and a method."""

from functools import partial

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.document.blocks import (
    Block,
    Charts,
    Heading,
    Panel,
    Picture,
    Section,
    TableBlock,
    Text,
)
from ltlight.report.document.table import Cell, Table
from ltlight.report.drawing import mpl_axes, plotly_axes
from ltlight.report.drawing.image_strips import class_change, example_strip, pictures_of
from ltlight.report.drawing.palette import GAIN, LOSS
from ltlight.report.drawing.small_multiples import class_width
from ltlight.report.results.group import Group, mean_recalls
from ltlight.report.results.sweep import BASELINE
from ltlight.report.stats.comparison import Comparison

EXTREMES = 5  # classes with the largest gains, and as many with the largest losses


def changes_section(found: list[Group], comparisons: list[Comparison]) -> Section:
    """A chart of all classes and a table of the extremes, a comparison at a time."""
    blocks: list[Block] = []
    for g in found:
        for c in comparisons:
            if (c.data, c.ratio) == (g.data, g.ratio) and c.before:
                blocks += _comparison(g, c)
    if not blocks:
        blocks = [Text("There is no method beside a baseline to compare.", "note")]
    elif not any(isinstance(b, TableBlock) and "pictures" in b.table.header[-1] for b in blocks):
        blocks.insert(0, Text("These runs kept no pictures: a new run keeps some.", "note"))
    return Section("changes", "What changed, class by class", blocks)


def _comparison(g: Group, c: Comparison) -> list[Block]:
    before, after = (mean_recalls(members, g.order) for members in (c.before, c.after))
    slug = f"change_{g.slug}_{c.method}"
    caption = f"Points of recall that {c.method} gained or lost against {BASELINE}, head to tail"
    chart = Charts(
        caption,
        [Panel(slug, "", interactive(g, before, after))],
        [Picture(slug, f"{caption}, {g.title}", partial(drawn, g, before, after))],
        width=class_width(g),
    )
    table = extremes(g, c, after - before)
    return [Heading(f"{g.title}: {c.method}"), chart, TableBlock(table)]


def interactive(group: Group, before: np.ndarray, after: np.ndarray) -> go.Figure:
    """What a method gained or lost in every class, in points of recall, by Plotly.

    Args:
        group: whose classes they are.
        before: recall in [0, 1] of the baseline, float [C], head to tail.
        after: recall of the method.
    """
    points = 100 * (after - before)
    bars = go.Bar(
        x=group.names,
        y=points,
        customdata=np.stack([group.counts, 100 * before, 100 * after], axis=1).round(1),
        hovertemplate="%{x}: %{y:+.1f} points<br>%{customdata[1]} → %{customdata[2]} %"
        "<br>%{customdata[0]} training images<extra></extra>",
        marker={"color": _colours(points)},
    )
    return plotly_axes.class_bars(bars, group.names, "recall, points")


def drawn(group: Group, before: np.ndarray, after: np.ndarray) -> Figure:
    """What a method gained or lost in every class, by Matplotlib; see `interactive`."""
    points = 100 * (after - before)
    return mpl_axes.class_bars(group, points, _colours(points), "recall, points")


def _colours(points: np.ndarray) -> np.ndarray:
    return np.where(points >= 0, GAIN, LOSS)


def extremes(g: Group, c: Comparison, change: np.ndarray) -> Table:
    """The classes that gained and lost most, with pictures that one method alone recognises.

    Args:
        g: the runs of the data set and ratio.
        c: the method beside its baseline.
        change: of recall, float [C], head to tail; nan for classes without test images.
    """
    pictures = pictures_of([*c.after, *c.before])
    indices = pictures["test_indices"] if pictures else np.zeros(0, dtype=int)
    known = np.flatnonzero(np.isfinite(change))
    falling = known[np.argsort(-change[known], kind="stable")]
    gained = [i for i in falling[:EXTREMES] if change[i] > 0]
    lost = [i for i in falling[::-1][:EXTREMES] if change[i] < 0]
    names = g.first.metrics["class_names"]
    rows: list[list[Cell]] = []
    for place in [*gained, *lost]:
        number = g.order[place]
        found = class_change(number, c.before, c.after, indices)
        row: list[Cell] = [names[number], str(g.counts[place])]
        row.append(f"{100 * found.before:.1f} → {100 * found.after:.1f}")
        row.append(f"{100 * change[place]:+.1f}")
        if pictures:
            loser = BASELINE if change[place] > 0 else c.method
            row.append(example_strip(found, pictures, names, loser))
        rows.append(row)
    header = ["class", "training images", "recall %", "points"]
    told = ["pictures that one recognises, and what the other calls them"] if pictures else []
    return Table([*header, *told], rows)
