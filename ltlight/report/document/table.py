"""A table as the report keeps it: text cells, with pictures where a cell needs them."""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

BOLD = re.compile(r"\*\*(.+?)\*\*")


def tagless(text: str) -> str:
    """A text for Markdown, which passes HTML on: a class may be called ``<script>``."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def data_uri(png: bytes) -> str:
    """A picture as an address that holds it."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


@dataclass(frozen=True)
class Strip:
    """A cell of pictures side by side, with a text below.

    Attributes:
        png: the file's bytes.
        alt: what is to be seen.
        text: below the pictures.
        height: pixels on the page.
    """

    png: bytes = field(repr=False)
    alt: str
    text: str = ""
    height: int = 40


Cell = str | Strip


@dataclass(frozen=True)
class Table:
    """Header and rows. In a text, ``**…**`` is bold and a line break a line break.

    Attributes:
        header: names of the columns.
        rows: as many cells each.
        text_columns: how many columns from the left hold words; the others hold numbers.
        caption: what it holds, for those who hear the page.
        named_by: how many columns from the left say what a row is of; None: those that hold words.
    """

    header: list[str]
    rows: Sequence[Sequence[Cell]]
    text_columns: int = 1
    caption: str = ""
    named_by: int | None = None

    @property
    def name_columns(self) -> int:
        """How many columns from the left say what a row is of."""
        return self.text_columns if self.named_by is None else self.named_by

    @cached_property
    def word_columns(self) -> set[int]:
        """Columns to be aligned left: words and pictures."""
        pictures = {i for r in self.rows for i, cell in enumerate(r) if isinstance(cell, Strip)}
        return {*range(self.text_columns), *pictures}

    def without_constant(self, name: str) -> "Table":
        """Without a column of words that says the same in every row."""
        place = self.header.index(name)
        if len({row[place] for row in self.rows}) > 1:
            return self
        rows = [[*row[:place], *row[place + 1 :]] for row in self.rows]
        header = self.header[:place] + self.header[place + 1 :]
        named_by = self.name_columns - (place < self.name_columns)
        return Table(header, rows, self.text_columns - 1, self.caption, named_by)

    def markdown(self, strip: Callable[[Strip], str] = lambda s: s.alt) -> str:
        """A pipe table; ``strip`` says how pictures are linked."""

        def cell(content: Cell) -> str:
            text = strip(content) if isinstance(content, Strip) else tagless(content)
            text = text if isinstance(content, Strip) else text.replace("|", "\\|")
            return text.replace("\n", "<br>")

        rule = ["---" if i in self.word_columns else "---:" for i, _ in enumerate(self.header)]
        lines = [[cell(c) for c in self.header], rule, *([cell(c) for c in r] for r in self.rows)]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)
