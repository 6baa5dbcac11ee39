"""`report.md`: the same report as Markdown, with its pictures in `figures/` beside it."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from markupsafe import escape

from ltlight.report.document.blocks import (
    Block,
    Charts,
    Columns,
    Document,
    Facts,
    Heading,
    Link,
    Listing,
    Picture,
    Pictures,
    PriorExplorer,
    Setting,
    Switched,
    TableBlock,
    Text,
)
from ltlight.report.document.table import Strip, tagless

FOLDER = "figures"
ALL = 6  # settings of the page's switch up to which all are written, one after the other


class MarkdownWriter:
    """Writes a document below a folder, numbering the pictures of tables."""

    def __init__(self, folder: Path) -> None:
        """Write nothing yet.

        Args:
            folder: gets `report.md` and `figures/`, which is made anew.
        """
        self.folder = folder
        self.pictures = folder / FOLDER
        self.strips = 0
        self.chosen: Setting | None = None  # of many settings, the one that is written

    def write(self, document: Document) -> Path:
        """Write everything; returns the path of `report.md`."""
        shutil.rmtree(self.pictures, ignore_errors=True)
        self.pictures.mkdir()
        self.chosen = document.chosen if len(document.settings) > ALL else None
        parts = [f"# {tagless(document.title)}", tagless(document.subtitle)]
        parts += map(self._block, document.lead)
        for section in document.sections:
            if section.slug == document.switched and self.chosen:
                parts.append(self._told(len(document.settings), self.chosen))
            parts += [f"## {tagless(section.title)}", *map(self._block, section.blocks)]
        file = self.folder / "report.md"
        file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        return file

    def _block(self, block: Block) -> str:
        match block:
            case Text(text, kind):
                return f"**{tagless(text)}**" if kind == "warning" else tagless(text)
            case Link(file, text):
                return f"[{file}]({file}): {tagless(text)}."
            case Heading(text):
                return f"### {tagless(text)}"
            case Listing(items):
                return "\n".join(f"- {tagless(item)}" for item in items)
            case Facts(items):
                return "\n".join(tagless(f"- {name}: {value}") for name, value in items)
            case TableBlock(table):
                return table.markdown(self._strip)
            case Charts(caption, _, pictures):
                return "\n\n".join([f"*{tagless(caption)}*", *map(self._picture, pictures)])
            case Pictures(slug, title, strip):
                (self.pictures / f"{slug}.png").write_bytes(strip.png)
                alt = escape(strip.alt)  # in quotes
                link = f'<img src="{FOLDER}/{quote(slug)}.png" alt="{alt}" height="{strip.height}">'
                return f"{tagless(title)}\n\n{link}\n\n{tagless(strip.text)}"
            case Columns(columns):
                return self._all(inner for _, column in columns for inner in column)
            case Switched(variants):
                shown = [v for v in variants if not self.chosen or v.stands_for(self.chosen)]
                return self._all(inner for variant in shown for inner in variant.blocks)
            case PriorExplorer(some=some):
                return self._block(some)
        raise TypeError(type(block))

    def _all(self, blocks: Iterable[Block]) -> str:
        return "\n\n".join(map(self._block, blocks))

    def _told(self, settings: int, chosen: Setting) -> str:
        place = tagless(f"{chosen.data}, ratio {chosen.ratio}, method {chosen.method}")
        return (
            f"Of {settings} settings of data, ratio and method, what follows is of one where it "
            f"names one: {place}. `report.html` has them all."
        )

    def _picture(self, picture: Picture) -> str:
        picture.draw().savefig(self.pictures / f"{picture.slug}.png")
        alt = tagless(picture.alt)
        return f"{alt}:\n![{alt}]({FOLDER}/{quote(picture.slug)}.png)"

    def _strip(self, strip: Strip) -> str:
        """Pictures of a table cell, in a file of their own."""
        self.strips += 1
        name = f"examples_{self.strips:03d}.png"
        (self.pictures / name).write_bytes(strip.png)
        link = f'<img src="{FOLDER}/{name}" height="{strip.height}">'
        return f"{link}\n{tagless(strip.text)}"
