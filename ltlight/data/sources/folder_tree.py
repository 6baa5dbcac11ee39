"""Trees of image files: which files there are, of which class, in which split; their images."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from ltlight.config.schema import DataConfig
from ltlight.data.image_set import ImageSet, SourceImages
from ltlight.data.sources.decode import Listing, decode
from ltlight.data.sources.picture import Preprocessing
from ltlight.errors import UserError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")


def folder(data: DataConfig) -> SourceImages:
    """A tree of class folders, see `find_splits`.

    Raises:
        UserError: for a root or a file that can't be used.
    """
    return _from_listings(data, find_splits(_root(data), None))


def idc(data: DataConfig) -> SourceImages:
    """Breast histopathology by patients (Mooney 2017), or any tree of class folders.

    Raises:
        UserError: for a root or a file that can't be used.
    """
    patients = (list(data.train_patients), list(data.test_patients))
    found = _from_listings(data, find_splits(_root(data), patients))
    if found.train.class_names == ("0", "1"):
        return found.map(lambda images: replace(images, class_names=("IDC(-)", "IDC(+)")))
    return found


def _root(data: DataConfig) -> Path:
    if data.root is None:
        raise UserError(f"data.root is not set: name the folder of images for data={data.name}")
    return Path(data.root).expanduser()


def _from_listings(data: DataConfig, listings: list[Listing]) -> SourceImages:
    root, names = _root(data), tuple(listings[0].class_names)
    cache, skip_bad = Path(data.cache).expanduser(), data.on_bad_file == "skip"
    sets = []
    for listing, split in zip(listings, ("training", "test"), strict=False):
        images, labels, read = decode(listing, Preprocessing.of(data), cache, skip_bad)
        files = np.array(listing.files, dtype=object)[read]
        sets.append(ImageSet(images, labels, names, files=files))
        empty = [names[c] for c in np.flatnonzero(sets[-1].class_counts == 0)]
        if empty:
            raise UserError(f"{root}: no readable {split} image of class {', '.join(empty)}")
    return SourceImages(*sets)


def find_splits(root: Path, patients: tuple[list[str], list[str]] | None) -> list[Listing]:
    """The splits found under a root.

    Args:
        root: either holds ``train/<class>/…`` and ``test/<class>/…``, or ``<class>/…``, or, where
            patients are given, ``<patient>/<class>/…``. Class folders may be nested further.
        patients: names of training and of test patients (IDC), or None.

    Returns:
        [training, test], or [everything] where the root has no test tree.

    Raises:
        UserError: for a root that is missing, empty or of one class, or whose splits disagree.
    """
    if not root.is_dir():
        raise UserError(f"data.root={root} is not a folder: check the path")
    halves = [root / "train", root / "test"]
    if all(half.is_dir() for half in halves):
        splits = [_list([half], half) for half in halves]
    elif any(half.is_dir() for half in halves):
        there, absent = sorted(halves, key=lambda half: not half.is_dir())
        raise UserError(
            f"data.root={root} has {there.name}/ but no {absent.name}/: both are needed"
        )
    elif patients is not None:
        splits = [_list(_patient_folders(root, chosen), root) for chosen in patients]
    else:
        splits = [_list([root], root)]
    names = splits[0].class_names
    if len(names) < 2:
        raise UserError(f"data.root={root} holds one class ({names[0]}): at least two are needed")
    if len(splits) == 2 and splits[1].class_names != names:
        differing = sorted(set(names) ^ set(splits[1].class_names))
        raise UserError(
            f"data.root={root}: training and test classes differ in {', '.join(differing)}: "
            "give both the same class folders"
        )
    return splits


def _patient_folders(root: Path, chosen: list[str]) -> list[Path]:
    absent = [p for p in chosen if not (root / p).is_dir()]
    if absent or not chosen:
        raise UserError(
            f"data.root={root} has no patient {', '.join(absent)}: give the folder of patient "
            "folders, a tree of train/ and test/, or other data.train_patients and "
            "data.test_patients"
        )
    return [root / p for p in chosen]


def _list(class_roots: list[Path], root: Path) -> Listing:
    """Every image under ``<class root>/<class>/``, classes of the same name merged."""
    found: dict[str, list[tuple[str, tuple[int, int]]]] = {}
    for class_root in class_roots:
        for entry in os.scandir(class_root):
            if entry.is_dir() and not entry.name.startswith("."):
                files = found.setdefault(entry.name, [])
                files += _images_below(entry.path, len(str(root)) + 1)
    found = {name: sorted(files) for name, files in found.items() if files}
    if not found:
        raise UserError(
            f"{class_roots[0]} holds no images in class folders ({', '.join(SUFFIXES)}): expected "
            "<class>/<image>"
        )
    names = sorted(found)
    flat = [item for name in names for item in found[name]]
    labels = np.repeat(np.arange(len(names)), [len(found[name]) for name in names])
    return Listing(root, names, [f for f, _ in flat], labels, [stamp for _, stamp in flat])


def _images_below(folder: str, prefix: int) -> list[tuple[str, tuple[int, int]]]:
    """(path from character ``prefix`` on, stamp) of the images in a folder and its folders.

    Plain strings and scandir's own stat: with pathlib, 100,000 files take seconds.
    """
    images = []
    for entry in os.scandir(folder):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            images += _images_below(entry.path, prefix)
        elif entry.name.lower().endswith(SUFFIXES):
            status = entry.stat()
            images.append((entry.path[prefix:], (status.st_size, status.st_mtime_ns)))
    return images
