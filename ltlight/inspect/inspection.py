"""Everything that is found out about the images of a configuration."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltlight.config.schema import Config
from ltlight.data.duplicates import Pair, find_pairs
from ltlight.data.image_set import ImageSet
from ltlight.data.sources.files import files_folder
from ltlight.inspect.cost import Cost, cost
from ltlight.inspect.originals import Originals, originals
from ltlight.metrics.scores import shots
from ltlight.training.build_data import build_data, num_draws

PACKAGE = "ltlight"  # whose warnings are kept


@dataclass(frozen=True)
class Inspection:
    """What is known of a configuration's images before anything is trained.

    Attributes:
        config: whole.
        train, val, test: as a training would have them; ``val`` is None where nothing is held out.
        duplicates: pairs of images that are equal, or with ``data.near_duplicates`` nearly so.
        originals: headers of the training images' files; None where they have none.
        cost: of one training.
        said: warnings while the images were read: what was passed over, is untested, …
    """

    config: Config
    train: ImageSet
    val: ImageSet | None
    test: ImageSet
    duplicates: list[Pair]
    originals: Originals | None
    cost: Cost
    said: list[str]

    @property
    def order(self) -> np.ndarray:
        """Class numbers head to tail, int [C]."""
        return np.argsort(-self.train.class_counts, kind="stable")

    @property
    def draws(self) -> int:
        """Images that an epoch draws."""
        return num_draws(self.config.method.draws, self.train.class_counts) or len(self.train)

    @property
    def shots(self) -> dict[str, int]:
        """How many classes are many-, medium- and few-shot."""
        return {name: int(mask.sum()) for name, mask in shots(self.train.class_counts).items()}

    @property
    def groups(self) -> dict[str, int] | None:
        """Groups (patients, …) by split; None where images stand alone."""
        sets = {"training": self.train, "held out": self.val, "test": self.test}
        found = {
            name: len(np.unique(images.groups))
            for name, images in sets.items()
            if images is not None and images.groups is not None
        }
        return found or None


def inspection(config: Config, timed_steps: int) -> Inspection:
    """Read the images, look at their files, build the network and time some steps.

    Raises:
        UserError: for what would stop a training before its first step.
    """
    with kept_warnings() as said:
        data = build_data(config)
    shown = data.pictures
    parts = {"train": shown.train, "val": shown.val, "test": shown.test}
    there = {name: part for name, part in parts.items() if part is not None}
    return Inspection(
        config,
        shown.train,
        shown.val,
        shown.test,
        find_pairs(there, config.data.near_duplicates),
        originals(paths(config, shown.train)),
        cost(config, data, timed_steps),
        said,
    )


def paths(config: Config, images: ImageSet) -> list[Path]:
    """Where the files of images lie; empty where they have none."""
    folder = files_folder(config.data)
    return [] if images.files is None or folder is None else [folder / f for f in images.files]


@contextmanager
def kept_warnings() -> Iterator[list[str]]:
    """The warnings of this package while they come, one text each, in their order."""
    said: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    keeper, logger = Keeper(logging.WARNING), logging.getLogger(PACKAGE)
    logger.addHandler(keeper)
    try:
        yield said
    finally:
        logger.removeHandler(keeper)
