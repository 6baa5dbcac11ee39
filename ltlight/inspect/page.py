"""The inspection as a page of the report's looks."""

import numpy as np
import plotly.graph_objects as go

from ltlight.data.image_set import ImageSet
from ltlight.inspect.advice import advice
from ltlight.inspect.inspection import Inspection
from ltlight.inspect.tables import CLASS_NOTE, class_table, facts
from ltlight.report.document.blocks import (
    Block,
    Charts,
    Document,
    Listing,
    Panel,
    Pictures,
    Section,
    TableBlock,
    Text,
)
from ltlight.report.document.table import Strip, Table
from ltlight.report.drawing import plotly_axes
from ltlight.report.drawing.image_strips import png
from ltlight.report.sections.distribution import BLUE, LONG

COLUMNS, ROWS = 10, 4  # classes that are pictured, and images of each
SIDE = 64  # pixels, to which larger images are thinned


def document(found: Inspection) -> Document:
    """The page."""
    lead, *reasons = advice(found)
    words: list[Block] = [Text(lead, "lead"), Listing(reasons)]
    if found.said:
        words += [Text("Said while the images were read:", "warning"), Listing(found.said)]
    sections = [
        Section("words", "In plain words", words),
        Section("facts", "What is there", [TableBlock(_facts(found))]),
        Section("classes", "Classes, head to tail", _classes(found)),
        Section("pictures", "Examples", [_examples(found.train)]),
    ]
    data = found.config.data
    subtitle = f"{data.name}: {len(found.train):,} training images before anything is trained"
    return Document(data.name, subtitle, sections, kind="inspection")


def _facts(found: Inspection) -> Table:
    return Table(["fact", "value"], facts(found), 2, "What is there", named_by=1)


def _classes(found: Inspection) -> list[Block]:
    table = class_table(found)
    folded = f"counts and weights of {len(table.rows)} classes" if len(table.rows) > LONG else ""
    order = found.order
    names = [found.train.class_names[c] for c in order]
    bars = go.Bar(x=names, y=found.train.class_counts[order], marker={"color": BLUE})
    figure = plotly_axes.class_bars(bars, names, "training images")
    width = max(300, 70 + 12 * len(names))
    charts = Charts("Training images of every class", [Panel("counts", "", figure)], [], width)
    return [charts, TableBlock(table, folded=folded), Text(CLASS_NOTE, "note")]


def _examples(images: ImageSet) -> Pictures:
    """Classes evenly spaced from head to tail, a column each; a row each where they are few."""
    present = np.argsort(-images.class_counts, kind="stable")[: (images.class_counts > 0).sum()]
    places = np.linspace(0, len(present) - 1, min(COLUMNS, len(present))).round().astype(int)
    chosen, few = present[places], len(present) <= ROWS
    each = COLUMNS if few else ROWS
    step = -(-images.store.shape[-1] // SIDE)
    side = len(range(0, images.store.shape[-1], step))
    grid = np.full((len(chosen), each, 3, side, side), 128, np.uint8)
    lacking = False
    for place, c in enumerate(chosen):
        members = np.flatnonzero(images.labels == c)[:each]
        grid[place, : len(members)] = images.subset(members).images[..., ::step, ::step]
        lacking |= len(members) < each
    if not few:
        grid = grid.swapaxes(0, 1)
    names = ", ".join(images.class_names[c] for c in chosen)
    text = f"a {'row' if few else 'column'} a class, head to tail: {names}"
    text += "; grey where a class has no more images" if lacking else ""
    return Pictures("examples", "Training images", Strip(png(grid), text, text, 44 * len(grid)))
