"""The section on what changed, class by class, between the baseline and a method."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from ltlight.report.document.blocks import (
    Block,
    Charts,
    Columns,
    Panel,
    Picture,
    Section,
    TableBlock,
    Text,
)
from ltlight.report.document.table import Cell, Table
from ltlight.report.drawing.image_strips import class_change, example_strip, pictures_of
from ltlight.report.drawing.small_multiples import class_width
from ltlight.report.results.group import Group
from ltlight.report.results.sweep import BASELINE
from ltlight.report.sections.dumbbells import drawn, ends, interactive
from ltlight.report.sections.switched import by_comparison
from ltlight.report.stats.comparison import Comparison

EXTREMES = 4  # classes with the largest gains, and as many with the largest losses
PLACE = 22  # pixels of a class, with its picture, where there is room for all
WIDEST, TABLE = 1200, 490  # pixels that the figure and the table need at most
NOTE = (
    "Recall with its 95 % Wilson interval over the class's test images, which count once however "
    "many the seeds. Intervals are of single classes, without the noise of seeds and uncorrected: "
    "the words of the first section are of all classes together. The classes that changed most "
    "are picked for that, so their change is larger than new seeds would show."
)
GROUPS_NOTE = " Images of a group are alike: the intervals are too narrow here."
NO_PICTURES = "These runs kept no pictures: a new run keeps some."
ALONE = "There is no method beside a baseline to compare."


def changes_section(
    found: list[Group],
    comparisons: Sequence[Comparison],
    pictures: Mapping[str, str] | None = None,
) -> Section:
    """Every class before and after, and a table of the extremes, a comparison at a time.

    Args:
        found: the groups.
        comparisons: their methods.
        pictures: slug of a group to what its thumbnails are called in the document.
    """
    compared = [c for c in comparisons if c.before]
    if not compared:
        return Section("changes", "What changed, class by class", [Text(ALONE, "note")])

    def blocks(g: Group, c: Comparison) -> list[Block]:
        if not c.before:
            return [Text(f"{g.title}: {ALONE[0].lower()}{ALONE[1:]}", "note")]
        return [_comparison(g, c, (pictures or {}).get(g.slug, ""))]

    note = NOTE + GROUPS_NOTE * any(g.first.predictions.groups is not None for g in found)
    shown = by_comparison(found, comparisons, blocks)
    none = pictures_of([m for c in compared for m in (*c.after, *c.before)]) is None
    told = [Text(note, "note"), *[Text(NO_PICTURES, "note")] * none]
    return Section("changes", "What changed, class by class", [shown, *told])


def _comparison(g: Group, c: Comparison, pictures: str) -> Block:
    slug, e = f"change_{g.slug}_{c.method}", ends(g, c)
    caption = f"{g.title}: recall of every class before and after {c.method}, head to tail"
    chart = Charts(
        caption,
        [Panel(slug, "", interactive(e, pictures))],
        [Picture(slug, caption, partial(drawn, e))],
        width=class_width(g),
    )
    table = TableBlock(extremes(g, c, e.points / 100))
    room = min(WIDEST, max(TABLE, 70 + PLACE * len(g.names)))
    return Columns(((room, [chart]), (TABLE, [table])))


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
    return Table([*header, *told], rows, caption=f"Classes that {c.method} changed most")
