"""Trees of image files: which files there are, of which class, in which split; their images."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from ltlight.config.schema import DataConfig
from ltlight.data.image_set import ImageSet, SourceImages
from ltlight.data.sources import layout
from ltlight.data.sources.files import (
    Found,
    pictures_below,
    refuse_no_folder,
    stamps_of,
    subfolders,
)
from ltlight.data.sources.groups import compiled, groups_of
from ltlight.data.sources.listing import Listing, images_of
from ltlight.data.sources.passed_over import PassedOver
from ltlight.data.sources.picture import SUFFIXES
from ltlight.errors import UserError

PATIENT = re.compile(r"(\d+)_idx\d+_")  # 10253_idx5_x1001_y1001_class0.png
Patients = dict[str, list[str]]  # by split


def folder(data: DataConfig) -> SourceImages:
    """A tree of class folders, see `find_splits`.

    Raises:
        UserError: for a root or a file that can't be used.
    """
    root = _root(data)
    return images_of(find_splits(root, group=data.group), root, data)


def idc(data: DataConfig) -> SourceImages:
    """Breast histopathology by patients (Mooney 2017), or any tree of class folders.

    Without ``data.group`` the patients that the public archive's file names begin with are the
    groups. Of one training patient they are none: nothing could be held out of it.

    Raises:
        UserError: for a root or a file that can't be used.
    """
    root = _root(data)
    patients = {"train": list(data.train_patients), "test": list(data.test_patients)}
    found = images_of(find_splits(root, patients, data.group), root, data)
    if data.group is None:
        found = found.map(_by_patient)
        if found.train.groups is not None and len(np.unique(found.train.groups)) == 1:
            found = replace(found, train=replace(found.train, groups=None))
    if found.train.class_names == ("0", "1"):
        return found.map(lambda images: replace(images, class_names=("IDC(-)", "IDC(+)")))
    return found


def _by_patient(images: ImageSet) -> ImageSet:
    """The same images in the groups that their names tell, where all of them do."""
    names = [] if images.files is None else images.files.tolist()
    patients = [match[1] if (match := PATIENT.search(name)) else None for name in names]
    if not patients or None in patients:
        return images
    return replace(images, groups=np.array(patients, dtype=object))


def _root(data: DataConfig) -> Path:
    if data.root is None:
        raise UserError(f"data.root is not set: name the folder of images for data={data.name}")
    return Path(data.root).expanduser()


def find_splits(
    root: Path, patients: Patients | None = None, group: str | None = None
) -> dict[str, Listing]:
    """The splits found under a root, by name: ``train``, and ``val`` and ``test`` if there.

    What is passed over is logged in one line.

    Args:
        root: holds ``<class>/…``, or folders of these named for splits (`listing.SPLITS`), or,
            where patients are given, ``<patient>/<class>/…``. Class folders may be nested further.
        patients: names of training and of test patients (IDC), or None.
        group: a regular expression, see `groups.groups_of`.

    Raises:
        UserError: for a root that is missing or empty, or whose layout can't be told.
    """
    refuse_no_folder(root, "data.root")
    if group is not None:
        compiled(group)  # refused before a long walk
    passed, prefix = PassedOver(), len(str(root).rstrip("/")) + 1
    splits = layout.split_folders(root, subfolders(root, prefix, passed), passed)
    if splits:
        classes = {
            split: layout.class_folders(root / name, root, passed, group)
            for split, name in splits.items()
        }
    elif patients is not None:
        classes = {
            split: layout.of_patients(root, chosen, passed) for split, chosen in patients.items()
        }
    else:
        classes = {"train": layout.class_folders(root, root, PassedOver(), group)}
    found = {
        split: {name: pictures_below(paths, prefix, passed) for name, paths in folders.items()}
        for split, folders in classes.items()
    }
    for folders in found.values():
        _leave_out_empty(folders, passed)
    passed.say(root)
    return {split: _listing(folders, root, split, group) for split, folders in found.items()}


def _leave_out_empty(folders: dict[str, Found], passed: PassedOver) -> None:
    for name in [name for name, files in folders.items() if not files]:
        passed.add("folder without pictures", name)
        del folders[name]


def _listing(folders: dict[str, Found], root: Path, split: str, group: str | None) -> Listing:
    if not folders:
        raise UserError(
            f"data.root={root} holds no images in class folders for the {split} split "
            f"({', '.join(SUFFIXES)}): expected <class>/<image>"
        )
    names = sorted(folders)
    flat = [item for name in names for item in folders[name]]
    files = [file for file, *_ in flat]
    labels = np.repeat(np.arange(len(names)), [len(folders[name]) for name in names])
    return Listing(files, labels, names, stamps_of(flat), groups_of(files, group, root))
