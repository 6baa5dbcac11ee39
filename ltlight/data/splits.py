"""Training, held-out and test images of an experiment: pure functions of image sets."""

import logging
from dataclasses import dataclass, replace

import numpy as np

from ltlight.config import choices
from ltlight.config.schema import DataConfig
from ltlight.data.holdout import TRAINED, fold_numbers, keep_duplicates_together
from ltlight.data.image_set import ImageSet, SourceImages
from ltlight.data.training_set import held_out, long_tailed
from ltlight.errors import UserError, some

log = logging.getLogger(__name__)
NAMED = 5  # of many classes or groups, how many are named
# Of what is tested on: every member of a sweep that is compared must be tested on the same.
TEST_SEED = 0


@dataclass(frozen=True)
class Splits:
    """What a run trains on, what it is chosen by, and what it is tested on.

    Attributes:
        train: long-tailed as configured.
        val: held out of the training, by the source or by `hold_out`; None: nothing is.
        test: the test images, whole.
    """

    train: ImageSet
    val: ImageSet | None
    test: ImageSet


def split(found: SourceImages, data: DataConfig) -> Splits:
    """The splits of a source's images, as a configuration says.

    Raises:
        UserError: for images that can't be split so, or a ratio that leaves a class without any.
    """
    if found.val is not None and data.val_fraction > 0:
        raise UserError(
            f"data.val_fraction={data.val_fraction}, but {data.name} brings {len(found.val):,} "
            "held-out images of its own, by which the best epoch is chosen: leave data."
            "val_fraction at 0"
        )
    if data.folds is not None and data.fold is not None:
        found = with_fold(found, data.folds, data.fold)
    else:
        found = with_test(found, data.test_fraction)
    warn_of_torn_groups(found)
    train, val = long_tailed(
        found.train,
        ratio=data.ratio,
        profile=choices.load(choices.PROFILES, data.profile),
        seed=data.seed,
        val_fraction=data.val_fraction,
        val_from=data.val_from,
    )
    if found.test is None:
        raise RuntimeError("there is always a test split here")
    return Splits(train, found.val if val is None else val, found.test)


def with_fold(found: SourceImages, folds: int, fold: int) -> SourceImages:
    """A source tested on one fold of its training images, and trained on the others.

    The folds are the same for every seed. A test split of the source's own stays unused, so that it
    is still there for what the cross-validation chose; held-out images of its own stay that.

    Raises:
        UserError: see `fold_numbers`.
    """
    images = found.train
    numbers = _folds(images, folds)
    if found.test is not None:
        log.warning(
            "data.folds=%d: the folds are made of the %s training images; the test images of the "
            "source, %s, are not used",
            folds,
            f"{len(images):,}",
            f"{len(found.test):,}",
        )
    never = np.setdiff1d(images.labels, images.labels[numbers != TRAINED])
    if len(never):
        log.warning(
            "data.folds=%d: %s tested: too few images, or one group only; trained on in every fold",
            folds,
            _classes(never, images.class_names, "is never", "are never"),
        )
    tested = np.flatnonzero(numbers == fold)
    train = images.subset(np.flatnonzero(numbers != fold))
    return replace(found, train=train, test=images.subset(tested))


def with_test(found: SourceImages, fraction: float) -> SourceImages:
    """A source with a test split: its own, or ``fraction`` of every class, no group torn apart.

    A class too small to hold an image out (fewer than 1/fraction images, or one group only) stays
    in training and is not tested; such classes are named once, of a split of the source's own as
    well.

    Raises:
        UserError: where no class is large enough.
    """
    if found.test is not None:
        _warn_of_untested(found.train, found.test, "no test images of it")
        return found
    kept, held = held_out(found.train, fraction, TEST_SEED)
    if not len(held):
        raise UserError(
            f"there are no test images, and no class is large enough to hold data.test_fraction="
            f"{fraction} of it out: raise the fraction, add images or groups, or arrange the root "
            "as train/<class>/* and test/<class>/*"
        )
    train, test = found.train.subset(kept), found.train.subset(held)
    too_small = f"too small to hold data.test_fraction={fraction} of it out, or of one group only"
    _warn_of_untested(train, test, too_small)
    return replace(found, train=train, test=test)


def _warn_of_untested(train: ImageSet, test: ImageSet, reason: str) -> None:
    untested = np.flatnonzero((test.class_counts == 0) & (train.class_counts > 0))
    if len(untested):
        log.warning(
            "%s tested (%s), and trained on all the same: scores are over the other %d classes",
            _classes(untested, train.class_names, "is not", "are not"),
            reason,
            int(np.count_nonzero(test.class_counts)),
        )


def warn_of_torn_groups(found: SourceImages) -> None:
    """Say once how many groups the source's own splits tear apart.

    An error would refuse published splits, many of which do.
    """
    parts = {"training": found.train, "held-out": found.val, "test": found.test}
    groups = {
        name: np.unique(part.groups)
        for name, part in parts.items()
        if part is not None and part.groups is not None
    }
    for first, second in (("training", "test"), ("training", "held-out"), ("held-out", "test")):
        if first in groups and second in groups:
            torn = np.intersect1d(groups[first], groups[second])
            if len(torn):
                log.warning(
                    "%d groups have both %s and %s images (%s): scores are not those of new groups",
                    len(torn),
                    first,
                    second,
                    some(map(str, torn), NAMED),
                )


def _folds(images: ImageSet, folds: int) -> np.ndarray:
    """The fold of every image, see `fold_numbers`."""
    units, num_classes = images.units, len(images.class_names)
    if units is not None and images.groups is None:

        def by_class(labels: np.ndarray) -> np.ndarray:
            return fold_numbers(labels, None, folds, TEST_SEED, num_classes)

        return keep_duplicates_together(images.labels, units, by_class)
    return fold_numbers(images.labels, units, folds, TEST_SEED, num_classes)


def _classes(numbers: np.ndarray, names: tuple[str, ...], one: str, several: str) -> str:
    """``class 9 is …`` or ``2 of 10 classes (8, 9) are …``."""
    named = [names[c] for c in numbers]
    if len(named) == 1:
        return f"class {named[0]} {one}"
    return f"{len(named)} of {len(names)} classes ({some(named, NAMED)}) {several}"
