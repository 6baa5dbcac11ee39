"""Lists of labelled image files, of a tree or of tables, and the images they name."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltlight.config.schema import DataConfig
from ltlight.data.image_set import ImageSet, SourceImages
from ltlight.data.sources.decode import decode
from ltlight.data.sources.picture import Preprocessing
from ltlight.errors import UserError, some

log = logging.getLogger(__name__)
# What a split is called, in any letter case, in folders and tables.
SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
SPLIT_OF = {word: split for split, words in SPLITS.items() for word in words}


@dataclass(frozen=True)
class Listing:
    """The image files of one split.

    Attributes:
        files: paths relative to the source's root, or absolute.
        labels: int64 [N], positions in ``class_names``.
        class_names: of this split, in the order of the labels.
        stamps: int64 [N, 2], bytes and modification time in ns of every file, what a cache is
            checked against.
        groups: str [N], what must not be torn apart; None: each image stands alone.
    """

    files: list[str]
    labels: np.ndarray
    class_names: list[str]
    stamps: np.ndarray
    groups: np.ndarray | None = None


def images_of(listings: dict[str, Listing], root: Path, data: DataConfig) -> SourceImages:
    """The images of listings by split: ``train``, and ``test`` and ``val`` where there are any.

    All are decoded into one array, of which each split is a slice.

    Args:
        listings: the training's classes are those of all.
        root: of the files.
        data: how they are read, and where they are kept.

    Raises:
        UserError: for fewer than two classes, a class that the training lacks, unreadable files, or
            more bytes than are free.
    """
    names = listings["train"].class_names
    if len(names) < 2:
        raise UserError(f"data.root={data.root} holds one class ({names[0]}): two are needed")
    for split, listing in listings.items():
        _refuse_unknown_classes(split, listing, names, data)
    parts, base = list(listings.values()), str(root.absolute())
    store, readable = decode(
        [os.path.join(base, file) for part in parts for file in part.files],  # noqa: PTH118 - speed
        np.concatenate([part.stamps for part in parts]),
        Preprocessing.of(data),
        Path(data.cache).expanduser(),
        skip_bad=data.on_bad_file == "skip",
        title=root.name,
    )
    sets, start = {}, 0
    for split, listing in listings.items():
        stop = start + len(listing.files)
        part = ImageSet(
            store[start:stop],
            _labels_among(listing, names),
            tuple(names),
            files=np.array(listing.files, dtype=object),
            groups=listing.groups,
        )
        read = readable[start:stop]
        sets[split] = part if read.all() else part.subset(np.flatnonzero(read))
        _tell_empty_classes(split, sets[split], data)
        start = stop
    return SourceImages(sets["train"], sets.get("test"), sets.get("val"))


def _labels_among(listing: Listing, names: list[str]) -> np.ndarray:
    """The labels as positions in the training's class names."""
    positions = {name: label for label, name in enumerate(names)}
    among = np.array([positions[name] for name in listing.class_names], dtype=np.int64)
    labels: np.ndarray = among[listing.labels]
    return labels


def _refuse_unknown_classes(
    split: str, listing: Listing, names: list[str], data: DataConfig
) -> None:
    unknown = sorted(set(listing.class_names) - set(names))
    if unknown:
        raise UserError(
            f"data.root={data.root}: the {split} split has classes that the training lacks: "
            f"{some(unknown)}: give them training images, or leave them out"
        )


def _tell_empty_classes(split: str, images: ImageSet, data: DataConfig) -> None:
    empty = [images.class_names[c] for c in np.flatnonzero(images.class_counts == 0)]
    if empty and split == "train":
        raise UserError(f"{data.root}: no readable training image of class {some(empty)}")
    if empty and split == "val":  # those that aren't tested are told by `splits.with_test`
        log.warning(
            "data.root=%s: %d of %d classes have no image in the val split, by which the best "
            "epoch is chosen: %s",
            data.root,
            len(empty),
            len(images.class_names),
            some(empty),
        )
