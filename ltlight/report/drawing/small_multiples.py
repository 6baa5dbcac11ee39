"""Small multiples: the same figure for every ratio, side by side where there is room."""

from collections.abc import Callable
from functools import partial

import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.document.blocks import Charts, Panel, Picture
from ltlight.report.drawing.plotly_axes import label_room
from ltlight.report.results.group import Group


def small_multiples(
    caption: str,
    slug: str,
    found: list[Group],
    interactively: Callable[[Group], go.Figure],
    statically: Callable[[Group], Figure],
    notes: list[str] | None = None,
    width: int = 330,
) -> Charts:
    """The same figure for every group, side by side; ``notes`` follow the groups' titles."""
    titles = [g.title + (f": {notes[i]}" if notes else "") for i, g in enumerate(found)]
    panels, pictures = [], []
    for g, title in zip(found, titles, strict=True):
        panels.append(Panel(f"{slug}_{g.slug}", title, interactively(g)))
        pictures.append(Picture(f"{slug}_{g.slug}", title, partial(statically, g)))
    return Charts(caption, panels, pictures, width)


def class_width(group: Group) -> int:
    """Pixels in which every class name has a place."""
    return max(300, 70 + 12 * len(group.names))


def matrix_width(group: Group) -> int:
    """Pixels in which the names beside a confusion matrix don't touch."""
    room = label_room(group.names) + 64
    return max(300, room + round(9.2 * len(group.names)))
