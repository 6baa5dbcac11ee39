"""The training and the test images of a configuration, from any source.

A source is a function of the configuration's ``data`` group to two `ImageSet`s, training and test,
with the same classes in the same order. To add one: a file beside this one, its line in
`ltlight.config.choices`, its YAML.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ltlight.config.schema import DataConfig
from ltlight.data.image_set import ImageSet
from ltlight.errors import UserError

Source = Callable[[DataConfig], tuple[ImageSet, ImageSet]]


def load(source: Source, data: DataConfig) -> tuple[ImageSet, ImageSet]:
    """Read a source and keep the classes that are asked for.

    Raises:
        UserError: for a root, archive or file that can't be used, or fewer than two classes.
    """
    train, test = source(data)
    if data.first_classes is not None:
        train, test = (_first_classes(s, data.first_classes) for s in (train, test))
    if len(train.class_names) < 2:
        raise UserError(f"{data.root} holds one class ({train.class_names[0]}): two are needed")
    return train, test


def _first_classes(images: ImageSet, n: int) -> ImageSet:
    if n > len(images.class_names):
        raise UserError(f"data.first_classes={n}: there are only {len(images.class_names)} classes")
    if n == len(images.class_names):
        return images
    kept = images.subset(np.flatnonzero(images.labels < n))
    return replace(kept, class_names=images.class_names[:n])
