"""Pictures to be classified: which files a command line names, and their pixels. No torch here."""

import csv
import glob
import logging
import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltlight.data.sources.picture import SUFFIXES, Preprocessing, UnreadablePicture
from ltlight.errors import UserError

log = logging.getLogger(__name__)
TABLES = (".csv", ".tsv", ".txt", ".parquet")
COLUMN = "path"  # of a table
CHUNK_BYTES = 16 << 20  # of pixels a task, at most


@dataclass(frozen=True)
class Picture:
    """A file to be classified.

    Attributes:
        name: as the user wrote it, or as it was found below what the user wrote.
        file: where it is.
    """

    name: str
    file: str


def find_pictures(arguments: Sequence[str], column: str = COLUMN) -> list[Picture]:
    """The files that arguments name, each once, in their order.

    Args:
        arguments: files; folders, taken with all below them; globs (``**`` too); tables (CSV, TSV,
            Parquet, or a text file with a path a line) that name files relative to themselves; or
            ``-``, paths a line of the standard input.
        column: of a table.

    Raises:
        UserError: for an argument that names nothing, or a table without that column.
    """
    found: dict[str, Picture] = {}
    for argument in arguments:
        for picture in _of_argument(argument, column):
            found.setdefault(picture.name, picture)
    return list(found.values())


def _of_argument(argument: str, column: str) -> list[Picture]:
    if argument == "-":
        return [Picture(line, line) for line in map(str.strip, sys.stdin) if line]
    place = os.path.expanduser(argument)  # noqa: PTH111 - a Path loses ./ and a trailing /
    if os.path.lexists(place):
        return _of_path(place, column)
    matches = sorted(glob.glob(place, recursive=True))  # noqa: PTH207 - a Path takes no absolute ones
    if not matches:
        raise UserError(f"{argument} is no file, folder or glob with a match")
    return [picture for match in matches for picture in _of_path(match, column)]


def _of_path(place: str, column: str) -> list[Picture]:
    if os.path.isdir(place):  # noqa: PTH112
        return _below(place)
    if place.lower().endswith(TABLES):
        return _of_table(Path(place), column)
    return [Picture(place, place)]


def _below(folder: str) -> list[Picture]:
    """Every picture below a folder; links to folders aren't followed, other files are counted."""
    found, others = [], 0
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in files if not name.startswith(".")):
            if name.lower().endswith(SUFFIXES):
                path = os.path.join(parent, name)  # noqa: PTH118 - 20 times a Path's speed
                found.append(Picture(path, path))
            else:
                others += 1
    if not found:
        raise UserError(f"{folder} holds no pictures ({', '.join(SUFFIXES)})")
    if others:
        log.warning("%s: %d files that are no pictures are passed over", folder, others)
    return found


def _of_table(file: Path, column: str) -> list[Picture]:
    """The files of a table, relative to it."""
    try:
        names = _parquet_column(file, column) if file.suffix == ".parquet" else _lines(file, column)
    except (OSError, ValueError, csv.Error) as e:
        raise UserError(f"{file} can't be read as a table ({e})") from e
    return [Picture(name, str(file.parent / name)) for name in names]


def _lines(file: Path, column: str) -> list[str]:
    text = file.read_text(encoding="utf-8-sig")
    if file.suffix.lower() == ".txt":
        return [line.strip() for line in text.splitlines() if line.strip()]
    rows = csv.DictReader(text.splitlines(), delimiter="\t" if file.suffix == ".tsv" else ",")
    _refuse_absent_column(file, column, rows.fieldnames or ())
    return [row[column] for row in rows if row[column]]


def _parquet_column(file: Path, column: str) -> list[str]:
    try:
        from pyarrow import parquet
    except ImportError as e:
        raise UserError(NO_PARQUET) from e
    _refuse_absent_column(file, column, parquet.read_schema(file).names)
    return [str(name) for name in parquet.read_table(file, columns=[column])[column].to_pylist()]


def _refuse_absent_column(file: Path, column: str, columns: Sequence[str]) -> None:
    if column not in columns:
        raise UserError(
            f"{file} has no column {column} (but {', '.join(columns)}): name it by --column"
        )


NO_PARQUET = (
    "Parquet needs pyarrow, which is an extra: in the checkout of ltlight, "
    "pip install --editable '.[parquet]'"
)


@dataclass(frozen=True)
class Chunk:
    """Some pictures, read.

    Attributes:
        names: of those that could be read.
        images: uint8 [len(names), 3, S, S], RGB.
        unreadable: name and reason of the others.
    """

    names: list[str]
    images: np.ndarray
    unreadable: list[tuple[str, str]]


def read_chunks(
    pictures: Sequence[Picture], preprocessing: Preprocessing, size: int, threads: int
) -> Iterator[Chunk]:
    """The pictures in their order, ``size`` or fewer at a time; some are read ahead, never all.

    Threads and no processes: Pillow decodes and resizes without Python's lock, and the network
    keeps the rest of the cores busy.
    """
    size = max(1, min(size, CHUNK_BYTES // (3 * preprocessing.image_size**2)))
    starts = iter(range(0, len(pictures), size))
    coming: deque[Future[Chunk]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
        try:
            while True:
                while len(coming) <= threads and (start := next(starts, None)) is not None:
                    coming.append(
                        pool.submit(read_chunk, pictures[start : start + size], preprocessing)
                    )
                if not coming:
                    return
                yield coming.popleft().result()
        finally:  # the reader may stop early
            for future in coming:
                future.cancel()


def read_chunk(pictures: Sequence[Picture], preprocessing: Preprocessing) -> Chunk:
    """The pictures of some files."""
    names, images, unreadable = [], [], []
    for picture in pictures:
        try:
            images.append(preprocessing.read(picture.file))
            names.append(picture.name)
        except UnreadablePicture as e:
            unreadable.append((picture.name, str(e)))
    shape = (0, 3, preprocessing.image_size, preprocessing.image_size)
    return Chunk(names, np.stack(images) if images else np.empty(shape, np.uint8), unreadable)
