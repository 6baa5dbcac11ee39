"""Tables of labelled pictures: CSV, Parquet, and the lists that long-tailed data sets publish."""

import os
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path

import numpy as np

from ltlight.config.schema import DataConfig
from ltlight.data.image_set import SourceImages
from ltlight.data.sources.files import refuse_no_folder
from ltlight.data.sources.listing import SPLIT_OF, SPLITS, Listing, images_of
from ltlight.data.sources.passed_over import PassedOver
from ltlight.data.sources.picture import kind_of
from ltlight.data.sources.rows import Row, read_rows
from ltlight.errors import UserError, one_line, some


@dataclass(frozen=True)
class Labelled:
    """A row whose picture is there: its path relative to the source's root, and its stamp."""

    row: Row
    file: str
    stamp: tuple[int, int]


def table(data: DataConfig) -> SourceImages:
    """The pictures that tables name.

    ``data.root`` is the table, see `rows.read_rows` for what it may be. Paths are relative to
    ``data.images``, or to the folder of their table. A column ``split`` tells which are tested on
    and which held out, or ``data.test_root`` and ``data.val_root`` are tables of these; a column
    ``group`` tells what belongs together. Labels that are all numbers are classes in their order,
    others by the alphabet.

    Raises:
        UserError: for a table, row or picture that can't be used, naming its line.
    """
    root = _images_folder(data, _path_of(data, "root"))
    passed = PassedOver()
    tables = {"train": "root", "val": "val_root", "test": "test_root"}
    found: list[Labelled] = []
    for split, key in tables.items():
        if getattr(data, key) is not None:
            rows = read_rows(_path_of(data, key), f"data.{key}", data.columns, data.group)
            if key != "root" or data.test_root is not None or data.val_root is not None:
                rows = _all_of(split, rows, key)
            found += _located(rows, _images_folder(data, _path_of(data, key)), root, data, passed)
    found = _one_label_each(found, passed)
    passed.say(_path_of(data, "root"))
    return images_of(_listings(found, data), root, data)


def _path_of(data: DataConfig, key: str) -> Path:
    value = getattr(data, key)
    if value is None:
        raise UserError(f"data.{key} is not set: name the table for data={data.name}")
    return Path(value).expanduser()


def _images_folder(data: DataConfig, path: Path) -> Path:
    if data.images is None:
        return path.parent
    folder = Path(data.images).expanduser()
    refuse_no_folder(folder, "data.images")
    return folder


def _all_of(split: str, rows: list[Row], key: str) -> list[Row]:
    """The rows of a table that is one split; it has no column that says so as well."""
    told = next((row for row in rows if row.split), None)
    if told is not None:
        raise UserError(
            f"{told.place} gives the split {told.split!r}, and data.{key} with "
            "data.test_root or data.val_root says what the split is: leave out these, or the column"
        )
    return [replace(row, split=split) for row in rows]


def _located(
    rows: list[Row], base: Path, root: Path, data: DataConfig, passed: PassedOver
) -> list[Labelled]:
    """The rows with their files' stamps, paths made relative to the source's root."""
    found, absent = [], []
    for row in rows:
        path = os.path.join(base, row.path)  # noqa: PTH118 - ten times a Path's speed
        try:
            status = os.stat(path)  # noqa: PTH116
        except (OSError, ValueError):
            absent.append(row)
            continue
        if not os.path.isfile(path):  # noqa: PTH113
            raise UserError(f"{row.place}: {one_line(row.path)} is a {kind_of(status.st_mode)}")
        file = row.path if base == root else os.path.relpath(path, root)
        found.append(Labelled(row, os.path.normpath(file), (status.st_size, status.st_mtime_ns)))
    if absent and (data.on_bad_file == "error" or not found):
        named = some([f"{row.where}: {one_line(row.path)}" for row in absent], 3)
        raise UserError(
            f"{len(absent)} of {len(rows)} pictures of {absent[0].table} are not in {base} "
            f"({named}): name the folder that the paths are relative to with data.images=…, or "
            "pass them over: data.on_bad_file=skip"
        )
    for row in absent:
        passed.add("row without a file", row.path)
    return found


def _one_label_each(found: list[Labelled], passed: PassedOver) -> list[Labelled]:
    """Every picture once."""
    first: dict[str, Labelled] = {}
    for item in found:
        before = first.setdefault(item.file, item)
        if before is item:
            continue
        for what in ("label", "split", "group"):
            old, new = getattr(before.row, what), getattr(item.row, what)
            if old != new:
                advice = (
                    ": several labels a picture can't be learnt here, keep one"
                    if what == "label"
                    else ": keep one of the rows"
                )
                raise UserError(
                    f"{before.row.place}, and {item.row.place} give "
                    f"{one_line(item.row.path)} the {what}s {old!r} and {new!r}{advice}"
                )
        passed.add("row that repeats another", f"{item.row.where}: {item.file}")
    return list(first.values())


def _listings(found: list[Labelled], data: DataConfig) -> dict[str, Listing]:
    """The rows by split; without any split, all are the training's."""
    told = sum(bool(item.row.split) for item in found)
    if 0 < told < len(found):
        row = next(item.row for item in found if not item.row.split)
        raise UserError(f"{row.place} has no split, and others have one: give it to all or none")
    by_split: dict[str, list[Labelled]] = {}
    for item in found:
        by_split.setdefault(_split(item.row) if told else "train", []).append(item)
    if "train" not in by_split:
        raise UserError(f"data.root={data.root} has no row of the train split: add some")
    grouped = any(item.row.group for item in found)
    return {s: _listing(by_split[s], grouped) for s in SPLITS if s in by_split}


def _split(row: Row) -> str:
    split = SPLIT_OF.get((row.split or "").lower())
    if split is None:
        known = ", ".join(SPLIT_OF)
        raise UserError(f"{row.place}: the split {row.split!r} is none of {known}")
    return split


def _listing(items: list[Labelled], grouped: bool) -> Listing:
    names = sorted_labels({item.row.label for item in items})
    positions = {name: label for label, name in enumerate(names)}
    if grouped:
        alone = next((item.row for item in items if not item.row.group), None)
        if alone is not None:
            raise UserError(f"{alone.place} has no group, and others have one: give it to all")
    return Listing(
        [item.file for item in items],
        np.array([positions[item.row.label] for item in items], dtype=np.int64),
        names,
        np.array([item.stamp for item in items], dtype=np.int64),
        np.array([item.row.group for item in items], dtype=object) if grouped else None,
    )


def sorted_labels(labels: set[str]) -> list[str]:
    """Labels in the order of their numbers where all are numbers, else by the alphabet."""
    try:
        numbers = {label: float(label) for label in labels}
    except ValueError:
        return sorted(labels)
    if not all(isfinite(number) for number in numbers.values()):  # classes may be called nan
        return sorted(labels)
    return sorted(labels, key=lambda label: (numbers[label], label))
