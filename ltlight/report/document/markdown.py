"""`report.md`: the same report as Markdown, with its pictures in `figures/` beside it."""

import shutil
from collections.abc import Iterable
from pathlib import Path

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
    Switched,
    TableBlock,
    Text,
)
from ltlight.report.document.table import Strip, tagless

FOLDER = "figures"


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

    def write(self, document: Document) -> Path:
        """Write everything; returns the path of `report.md`."""
        shutil.rmtree(self.pictures, ignore_errors=True)
        self.pictures.mkdir()
        parts = [f"# {tagless(document.title)}", tagless(document.subtitle)]
        parts += map(self._block, document.lead)
        for section in document.sections:
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
                link = f'<img src="{FOLDER}/{slug}.png" alt="{alt}" height="{strip.height}">'
                return f"{tagless(title)}\n\n{link}\n\n{tagless(strip.text)}"
            case Columns(columns):
                return self._all(inner for _, column in columns for inner in column)
            case Switched(variants):  # nobody switches a text: all of them, one after the other
                return self._all(inner for variant in variants for inner in variant.blocks)
            case PriorExplorer(some=some):
                return self._block(some)
        raise TypeError(type(block))

    def _all(self, blocks: Iterable[Block]) -> str:
        return "\n\n".join(map(self._block, blocks))

    def _picture(self, picture: Picture) -> str:
        picture.draw().savefig(self.pictures / f"{picture.slug}.png")
        alt = tagless(picture.alt)
        return f"{alt}:\n![{alt}]({FOLDER}/{picture.slug}.png)"

    def _strip(self, strip: Strip) -> str:
        """Pictures of a table cell, in a file of their own."""
        self.strips += 1
        name = f"examples_{self.strips:03d}.png"
        (self.pictures / name).write_bytes(strip.png)
        link = f'<img src="{FOLDER}/{name}" height="{strip.height}">'
        return f"{link}\n{tagless(strip.text)}"
