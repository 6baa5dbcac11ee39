"""The section on what changed, class by class, between the baseline and a method."""

from functools import partial

import numpy as np

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
        [Panel(slug, "", plotly_axes.change(g, before, after))],
        [Picture(slug, f"{caption}, {g.title}", partial(mpl_axes.change, g, before, after))],
        width=class_width(g),
    )
    table = extremes(g, c, after - before)
    return [Heading(f"{g.title}: {c.method}"), chart, TableBlock(table)]


def extremes(g: Group, c: Comparison, change: np.ndarray) -> Table:
    """The classes that gained and lost most, with pictures that one method alone recognises.

    Args:
        g, c: the runs.
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
