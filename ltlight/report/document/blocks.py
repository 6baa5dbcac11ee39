"""A report as a list of blocks, which `page` renders as HTML and `markdown` as Markdown."""

from collections.abc import Callable
from dataclasses import dataclass, field

import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.document.table import Strip, Table


@dataclass(frozen=True)
class Text:
    """A paragraph; ``kind`` is ``note`` (small), ``lead`` (large), ``warning`` or empty."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Link:
    """A file beside the page, by its name, and what is in it."""

    file: str
    text: str


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True)
class Listing:
    """Bullets."""

    items: list[str]


@dataclass(frozen=True)
class TableBlock:
    """A table.

    Attributes:
        table: what it holds.
        folded: if set, the page hides the table behind this line until it is asked for.
        download: name and text of a file that holds the same; the columns of such a table can be
            sorted.
    """

    table: Table
    folded: str = ""
    download: tuple[str, str] | None = None


@dataclass(frozen=True)
class Facts:
    """Names and values in a strip."""

    items: list[tuple[str, str]]


@dataclass(frozen=True)
class Panel:
    """One interactive figure and what is written above it; the slug is its id."""

    slug: str
    title: str
    figure: go.Figure = field(repr=False)


@dataclass(frozen=True)
class Picture:
    """One static figure: its file name without ending, its alternative text, and who draws it."""

    slug: str
    alt: str
    draw: Callable[[], Figure] = field(repr=False)


@dataclass(frozen=True)
class Charts:
    """Figures side by side where there is room, below each other where not.

    Attributes:
        caption: what they show.
        panels: the interactive figures.
        pictures: the same, static.
        width: pixels that a panel needs to be legible; narrower screens scroll.
    """

    caption: str
    panels: list[Panel]
    pictures: list[Picture]
    width: int = 300


@dataclass(frozen=True)
class Pictures:
    """A strip of pictures with a title."""

    slug: str
    title: str
    strip: Strip


Block = Text | Link | Heading | Listing | TableBlock | Facts | Charts | Pictures


@dataclass
class Section:
    """A titled part, with its anchor."""

    slug: str
    title: str
    blocks: list[Block]


@dataclass(frozen=True)
class Document:
    """The whole report.

    Attributes:
        title: its heading.
        subtitle: what it is of.
        sections: with a place each in the navigation.
        kind: follows the name in the browser's tab.
        name: of what it is about; the title where it is empty.
        lead: what stands between the heading and the sections.
    """

    title: str
    subtitle: str
    sections: list[Section]
    kind: str = "before and after"
    name: str = ""
    lead: list[Block] = field(default_factory=list)
