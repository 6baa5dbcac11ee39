"""Which files a command line names: files, folders, globs, tables. No torch here."""

import csv
import glob
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ltlight.data.sources.files import pictures_below, refuse_no_folder
from ltlight.data.sources.passed_over import PassedOver
from ltlight.data.sources.picture import SUFFIXES
from ltlight.data.sources.rows import DELIMITERS, PARQUET
from ltlight.errors import UserError

COLUMN = "path"  # of a table, unless it is named otherwise
LISTS = (".txt", ".lst")  # a path, or a path and a label, a line
TABLES = (".csv", ".tsv", *PARQUET, *LISTS)
NO_PARQUET = (
    "Parquet needs pyarrow: pip install 'ltlight[parquet]' (in a checkout, "
    "pip install --editable '.[parquet]')"
)


@dataclass(frozen=True)
class Picture:
    """A file to be classified.

    Attributes:
        name: as the user wrote it, or as it was found below what the user wrote.
        file: where it is.
    """

    name: str
    file: str


@dataclass(frozen=True)
class Tables:
    """How tables are read.

    Attributes:
        columns: names that the column of paths may have, the first that is there is taken.
        images: what the paths are relative to; None: the folder of their table.
    """

    columns: Sequence[str] = (COLUMN,)
    images: Path | None = None


def find_pictures(arguments: Iterable[str], tables: Tables | None = None) -> list[Picture]:
    """The files that arguments name, each once, in their order.

    Args:
        arguments: files; folders, taken with all below them; globs (``**`` too); tables (CSV, TSV,
            Parquet, or .txt and .lst with a path, or a path and a label, a line); or ``-``, paths a
            line of the standard input.
        tables: how these are read.

    Raises:
        UserError: for an argument that names nothing, or a table that can't be used.
    """
    found: dict[str, Picture] = {}
    for argument in arguments:
        for picture in _of_argument(argument, tables or Tables()):
            found.setdefault(picture.name, picture)
    return list(found.values())


def _of_argument(argument: str, tables: Tables) -> Iterable[Picture]:
    if argument == "-":
        return [Picture(line, line) for line in map(str.strip, sys.stdin) if line]
    place = os.path.expanduser(argument)  # noqa: PTH111 - a Path loses ./ and a trailing /
    if os.path.lexists(place):
        return _of_path(place, tables)
    matches = sorted(glob.glob(place, recursive=True))  # noqa: PTH207 - a Path takes no absolute
    if not matches:
        raise UserError(f"{argument} is no file, folder or glob with a match")
    # A folder's own files match ** beside it: they aren't taken with all below it once more.
    return [picture for match in matches for picture in _of_path(match, tables, said=False)]


def _of_path(place: str, tables: Tables, said: bool = True) -> Iterable[Picture]:
    if os.path.isdir(place):  # noqa: PTH112
        return _below(place, said)
    if place.lower().endswith(TABLES) and said:
        return _of_table(Path(place), tables)
    if not said and not place.lower().endswith(SUFFIXES):
        return []
    return [Picture(place, place)]


def _below(folder: str, said: bool) -> list[Picture]:
    """Every picture below a folder; what is passed over is said."""
    refuse_no_folder(Path(folder), "PICTURES")
    passed = PassedOver()
    found = [Picture(name, name) for name, *_ in pictures_below([folder], 0, passed)]
    if said:
        if not found:
            raise UserError(f"{folder} holds no pictures; passed over: {passed or 'nothing'}")
        passed.say(Path(folder))
    return found


def _of_table(file: Path, tables: Tables) -> Iterator[Picture]:
    """The files of a table."""
    base = file.parent if tables.images is None else tables.images
    listed = file.suffix.lower() in LISTS
    for name in _listed(file, base) if listed else _column(file, tables.columns):
        yield Picture(name, str(base / name))


def _column(file: Path, columns: Sequence[str]) -> list[str]:
    read = _of_parquet if file.suffix.lower() in PARQUET else _of_csv
    try:
        return [str(value) for value in read(file, columns) if value]
    except (OSError, ValueError, csv.Error) as e:
        raise UserError(f"{file} can't be read as a table: {e}") from e


def _of_csv(file: Path, columns: Sequence[str]) -> list[str]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        first = lines.readline()
        lines.seek(0)
        rows = csv.DictReader(lines, delimiter=max(DELIMITERS, key=first.count))
        column = _chosen(file, columns, rows.fieldnames or ())
        return [row[column] for row in rows]


def _of_parquet(file: Path, columns: Sequence[str]) -> list[Any]:
    try:
        from pyarrow import parquet
    except ImportError as e:
        raise UserError(NO_PARQUET) from e
    column = _chosen(file, columns, parquet.read_schema(file).names)
    values: list[Any] = parquet.read_table(file, columns=[column])[column].to_pylist()
    return values


def _chosen(file: Path, columns: Sequence[str], header: Sequence[str]) -> str:
    """The first of the columns that a table has."""
    for column in columns:
        if column in header:
            return column
    if not header:
        raise UserError(f"{file} is empty: a header with a column {columns[0]} is wanted")
    raise UserError(
        f"{file} has no column {columns[0]} (but {', '.join(header)}): name it with --column"
    )


def _listed(file: Path, base: Path) -> list[str]:
    """Of ``path`` or ``path label`` a line: whichever of both is there."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise UserError(f"{file} can't be read as a list of paths: {e}") from e
    found = []
    for line in (line.strip() for line in lines if line.strip()):
        path, *label = line.rsplit(maxsplit=1)
        labelled = label and not (base / line).exists() and (base / path).exists()
        found.append(path if labelled else line)
    return found
