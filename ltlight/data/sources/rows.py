"""The rows of a table of labelled pictures, from CSV, Parquet or a ``path label`` list."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ltlight.config.schema import Columns
from ltlight.errors import UserError, some

DELIMITERS = (",", "\t", ";")
PARQUET = (".parquet", ".pq")
WITH_HEADER = (".csv", ".tsv", *PARQUET)  # anything else may be a list


@dataclass(frozen=True)
class Row:
    """What a table says of a picture, as text; split and group empty where it says nothing."""

    table: str  # the file's name
    where: str  # line 3
    path: str
    label: str
    split: str = ""
    group: str = ""

    @property
    def place(self) -> str:
        """The table and the line, as an error names them."""
        return f"{self.table}, {self.where}"


def read_rows(path: Path, key: str, columns: Columns, group: str | None) -> list[Row]:
    """The rows of a table.

    - **CSV** (comma, tab or semicolon, told by the header) and **Parquet** (by its suffix, needs
      pyarrow): columns of the names in ``columns``; ``split`` and the group's may be missing.
    - **Lists**, as ImageNet-LT, Places-LT and iNaturalist publish them: no header, ``path label``
      in every line, the label the last word; any suffix but the others'.

    Args:
        path: the table.
        key: of the configuration that names it.
        columns: what the columns are called.
        group: the group's column, before ``columns.group``.

    Raises:
        UserError: naming the line that can't be used, or the column that is missing.
    """
    if not path.is_file():
        what = "is a folder: data=folder reads those" if path.is_dir() else "is not a file"
        raise UserError(f"{key}={path} {what}: name a table (CSV, Parquet or lines of path label)")
    if group is not None:
        columns = Columns(columns.path, columns.label, columns.split, group)
    try:
        if path.suffix.lower() in PARQUET:
            rows = list(_of_columns(path, columns, group is not None, *_parquet(path)))
        else:
            rows = list(_text_rows(path, columns, group is not None))
    except (UnicodeDecodeError, csv.Error, OSError) as e:
        raise UserError(f"{key}={path} can't be read as a table: {e}") from e
    if not rows:
        raise UserError(f"{key}={path} has no rows: expected {columns.path}, {columns.label}")
    return rows


def _text_rows(path: Path, columns: Columns, group_needed: bool) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        first = lines.readline()
        lines.seek(0)
        delimiter = _delimiter(first, columns)
        if delimiter is None and path.suffix.lower() not in WITH_HEADER:
            yield from _of_list(path, lines, columns, group_needed)
            return
        # Where the header lacks a name, any delimiter will do to say so.
        split_at = delimiter or max(DELIMITERS, key=first.count)
        reader = csv.reader(lines, delimiter=split_at, strict=True)
        header = [name.strip() for name in next(reader, [])]
        numbered = ((f"line {reader.line_num}", cells) for cells in reader if any(cells))
        yield from _of_columns(path, columns, group_needed, header, numbered)


def _delimiter(header: str, columns: Columns) -> str | None:
    """The one at which a header falls into the names that are needed; None: there is no header."""
    for delimiter in DELIMITERS:
        names = {name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])}
        if {columns.path, columns.label} <= names:
            return delimiter
    return None


def _of_columns(
    path: Path,
    columns: Columns,
    group_needed: bool,
    header: list[str],
    numbered: Iterator[tuple[str, list[Any]]],
) -> Iterator[Row]:
    """Rows of a table with named columns, each with the place it came from."""
    if not any(header):
        raise UserError(f"{path} is empty: a header with the columns path,label is wanted")
    places = {}
    for key, needed in (("path", 1), ("label", 1), ("split", 0), ("group", group_needed)):
        name = getattr(columns, key)
        if header.count(name) > 1:
            raise UserError(f"{path} has two columns {name}: rename one")
        if name in header:
            places[key] = header.index(name)
        elif needed:
            option = "data.group" if key == "group" else f"data.columns.{key}"
            raise UserError(
                f"{path} has no column {name} (but {some(header)}): name it with {option}=…"
            )
    for where, cells in numbered:
        if len(cells) != len(header):
            raise UserError(
                f"{path.name}, {where} has {len(cells)} cells, the header {len(header)}: mend it"
            )
        found = {key: _text(cells[at], key, path.name, where) for key, at in places.items()}
        yield _checked(Row(path.name, where, **found))


def _text(cell: Any, key: str, table: str, where: str) -> str:
    if isinstance(cell, list | tuple | dict):
        kind = "several labels" if key == "label" else f"a list as its {key}"
        raise UserError(f"{table}, {where} has {kind} ({cell}): one a picture is needed")
    if cell is None or cell != cell:  # NaN, Parquet's and pandas' gap
        return ""
    # A column of whole numbers with gaps is one of floats to pandas.
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _of_list(
    path: Path, lines: Iterator[str], columns: Columns, group_needed: bool
) -> Iterator[Row]:
    """Rows of ``path label``, the path with spaces or without."""
    if group_needed:
        raise UserError(
            f"{path} is a list without columns, so data.group={columns.group} names none: give a "
            "CSV with that column"
        )
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        words = line.rsplit(maxsplit=1)
        if len(words) < 2:
            raise UserError(
                f"{path.name}, line {number} is not 'path label': {line.strip()}: mend it, or give "
                f"the table a header with the columns {columns.path},{columns.label}"
            )
        yield _checked(Row(path.name, f"line {number}", words[0].strip(), words[1]))


def _checked(row: Row) -> Row:
    for what in ("path", "label"):
        if not getattr(row, what):
            raise UserError(f"{row.place} has no {what}: fill it in, or remove the row")
    if "\0" in row.path:
        raise UserError(f"{row.place} has a null character in its path: mend it")
    if "|" in row.label or (row.label[0], row.label[-1]) in (("[", "]"), ("{", "}")):
        raise UserError(
            f"{row.place} has several labels ({row.label}): one a picture is needed, keep one"
        )
    return row


def _parquet(path: Path) -> tuple[list[str], Iterator[tuple[str, list[Any]]]]:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as e:
        raise UserError(
            f"{path} is Parquet, which needs pyarrow: pip install 'ltlight[parquet]' (in a "
            "checkout, pip install --editable '.[parquet]'), or give a CSV"
        ) from e
    try:
        columns = parquet.read_table(path)
    except arrow.ArrowException as e:
        raise UserError(f"{path} can't be read as Parquet: {str(e).splitlines()[0]}") from e
    cells = zip(*(column.to_pylist() for column in columns.columns), strict=True)
    numbered = ((f"row {number}", list(row)) for number, row in enumerate(cells, 1))
    return columns.column_names, numbered
