"""The long-tailed training set and what is held out of it: pure functions of image sets."""

import logging

import numpy as np

from ltlight.data import longtail
from ltlight.data.holdout import TRAINED, held_out_units, keep_duplicates_together
from ltlight.data.image_set import ImageSet
from ltlight.errors import UserError

log = logging.getLogger(__name__)


def long_tailed(
    source: ImageSet,
    *,
    ratio: float,
    profile: longtail.Profile,
    seed: int,
    val_fraction: float,
    val_from: str,
) -> tuple[ImageSet, ImageSet | None]:
    """The long-tailed training set of a source, and what is held out of it.

    Args:
        source: all training images there are.
        ratio: imbalance ratio in (0, 1], see `longtail.class_counts`.
        profile: shape of the imbalance, see `longtail.class_counts`.
        seed: of both draws.
        val_fraction: share of every class's images to hold out, 0 for none.
        val_from: held out of the ``subset``, and as long-tailed, or of the ``source`` before it is
            thinned out, and as balanced as that: small classes say more so.

    Returns:
        (training, held out); the second is None where ``val_fraction`` is 0.

    Raises:
        UserError: for a ratio that leaves a class without images.
    """
    train, val = source, None
    if val_fraction > 0 and val_from == "source":
        train, val = hold_out(train, val_fraction, seed)
    train = thinned_out(train, ratio, profile, seed)
    if val_fraction > 0 and val_from == "subset":
        train, val = hold_out(train, val_fraction, seed)
    return train, val


def thinned_out(images: ImageSet, ratio: float, profile: longtail.Profile, seed: int) -> ImageSet:
    """The long-tailed subset of `longtail.longtail_counts`, drawn at random."""
    counts = longtail.longtail_counts(images.class_counts, ratio, profile, images.class_names)
    if (counts == images.class_counts).all():
        return images
    return images.subset(longtail.subset_indices(images.labels, counts, seed))


def hold_out(images: ImageSet, fraction: float, seed: int) -> tuple[ImageSet, ImageSet]:
    """(kept, held out), ``fraction`` of every class; classes too small for it are named once.

    No group is torn apart.

    Raises:
        UserError: where no class is large enough.
    """
    kept, held = held_out(images, fraction, seed)
    if not len(held):
        raise UserError(
            f"data.val_fraction={fraction}: no class is large enough to hold an image out: raise "
            "the fraction, or leave it at 0"
        )
    train, val = images.subset(kept), images.subset(held)
    spared = [images.class_names[c] for c in np.flatnonzero(val.class_counts == 0)]
    if spared:
        log.warning(
            "data.val_fraction=%s: %d of %d classes are too small to hold an image out and "
            "count for nothing in validation: %s",
            fraction,
            len(spared),
            len(images.class_names),
            ", ".join(spared),
        )
    return train, val


def held_out(images: ImageSet, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(kept, held out), two ascending index arrays, about ``fraction`` of every class held out.

    Where images belong to groups, whole groups are; else exactly floor(fraction * n_c) of a class,
    and the duplicates of these as well where duplicates are kept together. A class is never held
    out as a whole; one that is too small keeps all.
    """
    labels, units, num_classes = images.labels, images.units, len(images.class_names)
    if units is None:
        return longtail.holdout_indices(labels, fraction, seed, num_classes)

    def by_class(labels: np.ndarray) -> np.ndarray:
        numbers = np.full(len(labels), TRAINED)
        numbers[longtail.holdout_indices(labels, fraction, seed, num_classes)[1]] = 0
        return numbers

    if images.groups is None:
        held = keep_duplicates_together(labels, units, by_class) != TRAINED
    else:
        held = held_out_units(labels, units, fraction, seed, num_classes)
    return np.flatnonzero(~held), np.flatnonzero(held)
