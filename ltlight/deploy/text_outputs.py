"""Predictions as text that grows by rows and is gone on with: CSV, JSON lines.

No torch here. A row is ``[path, label, probability, label_2, probability_2, …]``.
"""

import csv
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import TextIO

from ltlight.errors import UserError

Row = Sequence[str | float]
DIGITS = 6  # of a probability


def columns(top: int) -> list[str]:
    """The columns of a table of ``top`` classes a picture."""
    more = [f"{what}_{k}" for k in range(2, top + 1) for what in ("label", "probability")]
    return ["path", "label", "probability", *more]


def record(row: Row) -> dict[str, object]:
    """A row as an object: beyond the first class, all of them as lists."""
    found: dict[str, object] = dict(zip(("path", "label", "probability"), row, strict=False))
    if len(row) > 3:
        found |= {"top_labels": list(row[1::2]), "top_probabilities": list(row[2::2])}
    return found


def csv_lines(rows: Iterable[Row]) -> str:
    """Lines of CSV."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


class Output(ABC):
    """Where predictions go.

    Attributes:
        top: classes a picture.
    """

    def __init__(self, top: int) -> None:
        self.top = top

    def begin(self) -> set[str]:
        """Open it; the paths that are in it already."""
        return set()

    @abstractmethod
    def append(self, rows: Sequence[Row]) -> None:
        """Add rows, written when this returns."""

    @abstractmethod
    def close(self) -> None:
        """Say that no more will come for now."""


class Printed(Output):
    """CSV on the standard output."""

    def begin(self) -> set[str]:
        """Print the header."""
        print(csv_lines([columns(self.top)]), end="", flush=True)
        return set()

    def append(self, rows: Sequence[Row]) -> None:
        """Print them."""
        print(csv_lines(rows), end="", flush=True)

    def close(self) -> None:
        """Nothing to do."""


class Lines(Output):
    """A text file with a line a picture.

    Attributes:
        file: where it is.
    """

    def __init__(self, file: Path, top: int) -> None:
        super().__init__(top)
        self.file = file
        self.stream: TextIO | None = None

    def begin(self) -> set[str]:
        """Drop half a line that a crash has left, read the rest, and open it for more."""
        done: set[str] = set()
        if self.file.exists():
            _cut_to_whole_lines(self.file)
            with self.file.open(newline="", encoding="utf-8") as stream:
                try:
                    done = set(self.paths(stream))
                except (ValueError, KeyError, csv.Error) as e:
                    raise UserError(
                        f"{self.file} is damaged ({e}): delete it, or name another --output"
                    ) from e
        self.stream = self.file.open("a", newline="", encoding="utf-8")
        if self.file.stat().st_size == 0:
            self.write(self.header())
        return done

    def write(self, text: str) -> None:
        """Write and hand it to the system, so that a crash of this process loses nothing of it."""
        assert self.stream is not None
        self.stream.write(text)
        self.stream.flush()

    def close(self) -> None:
        """Close the file."""
        if self.stream is not None:
            self.stream.close()

    @abstractmethod
    def header(self) -> str:
        """What the file begins with."""

    @abstractmethod
    def paths(self, stream: TextIO) -> Iterator[str]:
        """Those in a file that was written before."""


class Csv(Lines):
    """``path,label,probability,label_2,probability_2,…``."""

    def header(self) -> str:
        """The columns."""
        return csv_lines([columns(self.top)])

    def append(self, rows: Sequence[Row]) -> None:
        """Add lines."""
        self.write(csv_lines(rows))

    def paths(self, stream: TextIO) -> Iterator[str]:
        """The first column."""
        rows = csv.reader(stream)
        wanted = columns(self.top)
        if (found := next(rows, wanted)) != wanted:
            raise ValueError(f"its columns are {','.join(found)}, not {','.join(wanted)}")
        for row in rows:
            if len(row) != len(wanted):
                raise ValueError(f"line {rows.line_num} has {len(row)} columns")
            yield row[0]


class JsonLines(Lines):
    """An object a line, see `record`."""

    def header(self) -> str:
        """None."""
        return ""

    def append(self, rows: Sequence[Row]) -> None:
        """Add lines."""
        lines = [json.dumps(record(row), ensure_ascii=False) + "\n" for row in rows]
        self.write("".join(lines))

    def paths(self, stream: TextIO) -> Iterator[str]:
        """Of every object."""
        for line in stream:
            yield json.loads(line)["path"]


def _cut_to_whole_lines(file: Path) -> None:
    """Cut off what follows the last end of a line."""
    with file.open("rb+") as stream:
        size = stream.seek(0, os.SEEK_END)
        while size > 0:
            start = max(0, size - 65536)
            stream.seek(start)
            end = stream.read(size - start).rfind(b"\n")
            if end >= 0:
                stream.truncate(start + end + 1)
                return
            size = start
        stream.truncate(0)
