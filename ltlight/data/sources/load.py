"""Where images come from: CIFAR archives, trees of class folders, IDC patients, digits.

Every source ends in two `ImageSet`s, training and test, with the same classes in the same order.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ltlight.data.image_set import ImageSet
from ltlight.data.longtail import holdout_indices
from ltlight.data.sources import cifar, folder_tree
from ltlight.data.sources.decode import decode, resize
from ltlight.data.sources.digits import digits
from ltlight.errors import UserError


def load(data: Any) -> tuple[ImageSet, ImageSet]:
    """Read the training and the test set that a `ltlight.config.schema.DataConfig` describes.

    Raises:
        UserError: for a root, archive or file that can't be used.
    """
    if data.source == "digits":
        train, test = digits(data.image_size)
    elif data.source in cifar.ARCHIVES and data.root is None:
        train, test = _from_cifar(data)
    elif data.root is None:
        raise UserError(f"data.root is not set: name the folder of images for data={data.name}")
    else:
        train, test = _from_tree(data)
    if data.first_classes is not None:
        train, test = (_first_classes(s, data.first_classes) for s in (train, test))
    if len(train.class_names) < 2:
        raise UserError(f"{data.root} holds one class ({train.class_names[0]}): two are needed")
    return train, test


def _from_cifar(data: Any) -> tuple[ImageSet, ImageSet]:
    raw, names = cifar.read(data.source, Path(data.cache).expanduser(), data.archive)
    sets = []
    for images, labels in raw:
        if data.image_size != 32:
            images = np.stack(
                [resize(Image.fromarray(i.transpose(1, 2, 0)), data.image_size) for i in images]
            )
        sets.append(ImageSet(images, labels, names))
    return sets[0], sets[1]


def _from_tree(data: Any) -> tuple[ImageSet, ImageSet]:
    root = Path(data.root).expanduser()
    patients = (list(data.train_patients), list(data.test_patients))
    listings = folder_tree.find_splits(root, patients if data.source == "idc" else None)
    decoded = [
        decode(listing, data.image_size, Path(data.cache).expanduser(), data.on_bad_file == "skip")
        for listing in listings
    ]
    names = tuple(listings[0].class_names)
    if data.source == "idc" and names == ("0", "1"):
        names = ("IDC(-)", "IDC(+)")
    sets = [ImageSet(images, labels, names) for images, labels in decoded]
    for split, s in zip(("training", "test"), sets, strict=False):
        empty = [names[c] for c in np.flatnonzero(s.class_counts == 0)]
        if empty:
            raise UserError(f"{root}: no readable {split} image of class {', '.join(empty)}")
    if len(sets) == 2:
        return sets[0], sets[1]
    kept, held = holdout_indices(sets[0].labels, data.test_fraction, 0, len(names))
    test = sets[0].subset(held)
    if (test.class_counts == 0).any():
        poor = [names[c] for c in np.flatnonzero(test.class_counts == 0)]
        raise UserError(
            f"{root} has no test tree and class {', '.join(poor)} is too small to hold "
            f"data.test_fraction={data.test_fraction} of it out: raise the fraction, add images, "
            "or arrange the root as train/<class>/* and test/<class>/*"
        )
    return sets[0].subset(kept), test


def _first_classes(images: ImageSet, n: int) -> ImageSet:
    if n > len(images.class_names):
        raise UserError(f"data.first_classes={n}: there are only {len(images.class_names)} classes")
    if n == len(images.class_names):
        return images
    kept = images.subset(np.flatnonzero(images.labels < n))
    return replace(kept, class_names=images.class_names[:n])
