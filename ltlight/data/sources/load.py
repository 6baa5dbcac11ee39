"""The images of a configuration, from any source.

A source is a function of the configuration's ``data`` group to the `SourceImages` it holds: classes
in the same order in every part, and no test split where there is none. To add one: a file beside
this one, its line in `ltlight.config.choices`, its YAML.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ltlight.config.schema import DataConfig
from ltlight.data.image_set import ImageSet, SourceImages
from ltlight.errors import UserError

Source = Callable[[DataConfig], SourceImages]


def load(source: Source, data: DataConfig) -> SourceImages:
    """Read a source and keep the classes that are asked for.

    Raises:
        UserError: for a root, archive or file that can't be used, or fewer than two classes.
    """
    found = source(data)
    if data.first_classes is not None:
        n = data.first_classes
        found = found.map(lambda images: _first_classes(images, n))
    names = found.train.class_names
    if len(names) < 2:
        raise UserError(f"{data.root} holds one class ({names[0]}): two are needed")
    return found


def _first_classes(images: ImageSet, n: int) -> ImageSet:
    if n > len(images.class_names):
        raise UserError(f"data.first_classes={n}: there are only {len(images.class_names)} classes")
    if n == len(images.class_names):
        return images
    kept = images.subset(np.flatnonzero(images.labels < n))
    return replace(kept, class_names=images.class_names[:n])
