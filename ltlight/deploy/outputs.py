"""Files of predictions that grow by rows and are gone on with: CSV, JSON lines, Parquet.

No torch here. A row is ``[path, label, probability, label_2, probability_2, …]``.
"""

import csv
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

from ltlight.deploy.find_pictures import NO_PARQUET
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


class Parquet(JsonLines):
    """The columns of `record`. The format can't grow: rows are JSON lines beside it until the end.

    Attributes:
        table: the Parquet file.
    """

    def __init__(self, file: Path, top: int) -> None:
        self.table = file
        super().__init__(file.with_name(f"{file.name}.rows.jsonl"), top)
        _pyarrow()

    def begin(self) -> set[str]:
        """Bring the rows of the table back into lines."""
        if self.table.exists() and not self.file.exists():
            rows = _pyarrow().read_table(self.table).to_pylist()
            partial = self.file.with_name(self.file.name + ".tmp")
            partial.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            partial.replace(self.file)
        return super().begin()

    def close(self) -> None:
        """Make the table of the lines."""
        import pyarrow

        super().close()
        with self.file.open(encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        partial = self.table.with_name(self.table.name + ".tmp")
        if rows:
            _pyarrow().write_table(pyarrow.Table.from_pylist(rows), partial)
            partial.replace(self.table)
        self.file.unlink()


def _pyarrow() -> Any:
    try:
        from pyarrow import parquet
    except ImportError as e:
        raise UserError(NO_PARQUET) from e
    return parquet


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


KINDS: dict[str, Callable[[Path, int], Output]] = {
    ".csv": Csv,
    ".jsonl": JsonLines,
    ".parquet": Parquet,
}


def output_of(file: Path | None, top: int) -> Output:
    """The output of a file by its suffix; of None, the standard output.

    Raises:
        UserError: for another suffix, a folder that isn't there, or Parquet without pyarrow.
    """
    if file is None:
        return Printed(top)
    if file.suffix.lower() not in KINDS:
        raise UserError(f"--output {file}: its suffix must be one of {', '.join(KINDS)}")
    if not file.parent.is_dir():
        raise UserError(f"--output {file}: there is no folder {file.parent}")
    if file.is_dir():
        raise UserError(f"--output {file} is a folder: name a file in it")
    return KINDS[file.suffix.lower()](file, top)
