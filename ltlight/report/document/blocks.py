"""A report as a list of blocks, which `page` renders as HTML and `markdown` as Markdown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True)
class PriorExplorer:
    """A class prior that the reader sets, and what every method scores under it.

    Attributes:
        slug: its id.
        numbers: what `prior.js` reckons with, see `ltlight.report.sections.prior.numbers`.
        names: of the classes, head to tail.
        opens: the power of ten that the slider of the imbalance opens with.
        some: the scores under a few priors: all there is without a script, and in Markdown.
    """

    slug: str
    numbers: dict[str, Any] = field(repr=False)
    names: list[str]
    opens: float
    some: TableBlock


@dataclass(frozen=True)
class Columns:
    """Two columns of blocks side by side where there is room, below each other where not.

    Attributes:
        columns: pixels that each needs, in proportion to which they share the page, and its blocks.
    """

    columns: tuple[tuple[int, list["Block"]], tuple[int, list["Block"]]]


@dataclass(frozen=True)
class Setting:
    """What the page's switch is set to: data, ratio (as printed) and method."""

    data: str
    ratio: str
    method: str


@dataclass(frozen=True)
class Variant:
    """What stands for one setting of the switch; the empty method stands for every one."""

    of: Setting
    blocks: list["Block"]

    def stands_for(self, setting: Setting) -> bool:
        """Whether it is shown under a setting."""
        return self.of in (setting, Setting(setting.data, setting.ratio, ""))


@dataclass(frozen=True)
class Switched:
    """Variants of which the page shows those of its switch; without a script it shows them all."""

    variants: list[Variant]


Block = (
    Text
    | Link
    | Heading
    | Listing
    | TableBlock
    | Facts
    | Charts
    | Pictures
    | Columns
    | Switched
    | PriorExplorer
)


def charts_of(blocks: Sequence[Block]) -> Iterator[Charts]:
    """The figures among blocks, those inside of others too."""
    for block in blocks:
        match block:
            case Charts():
                yield block
            case Columns(columns):
                for _, column in columns:
                    yield from charts_of(column)
            case Switched(variants):
                for variant in variants:
                    yield from charts_of(variant.blocks)


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
        settings: settings of the switch, which stands before the first section that it changes.
        chosen: the setting that the page opens with.
        thumbnails: data set to addresses that hold a picture of each class, head to tail; figures
            name theirs as ``meta.thumbnails``.
    """

    title: str
    subtitle: str
    sections: list[Section]
    kind: str = "before and after"
    name: str = ""
    lead: list[Block] = field(default_factory=list)
    settings: Sequence[Setting] = ()
    chosen: Setting | None = None
    thumbnails: dict[str, list[str]] = field(default_factory=dict)

    @property
    def switched(self) -> str:
        """Slug of the first section that the switch changes; empty where there is none to make."""
        if len(self.settings) < 2:
            return ""
        found = (s.slug for s in self.sections for b in s.blocks if isinstance(b, Switched))
        return next(found, "")
