"""Training and held-out images of an experiment: pure functions of image sets."""

import logging
from dataclasses import replace

import numpy as np

from ltlight.data import longtail
from ltlight.data.image_set import ImageSet, SourceImages
from ltlight.errors import UserError

log = logging.getLogger(__name__)


def with_test(found: SourceImages, fraction: float) -> SourceImages:
    """A source with a test split: its own, or ``fraction`` of every class.

    Raises:
        UserError: for a class too small to hold an image out.
    """
    if found.test is not None:
        return found
    names = found.train.class_names
    kept, held = longtail.holdout_indices(found.train.labels, fraction, 0, len(names))
    test = found.train.subset(held)
    if (test.class_counts == 0).any():
        poor = [names[c] for c in np.flatnonzero(test.class_counts == 0)]
        raise UserError(
            f"there is no test tree and class {', '.join(poor)} is too small to hold "
            f"data.test_fraction={fraction} of it out: raise the fraction, add images, "
            "or arrange the root as train/<class>/* and test/<class>/*"
        )
    return replace(found, train=found.train.subset(kept), test=test)


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
    """(kept, held out), ``fraction`` of every class; classes too small for it are named once."""
    num_classes = len(images.class_names)
    kept, held = longtail.holdout_indices(images.labels, fraction, seed, num_classes)
    train, val = images.subset(kept), images.subset(held)
    spared = [images.class_names[c] for c in np.flatnonzero(val.class_counts == 0)]
    if spared:
        log.warning(
            "data.val_fraction=%s: %d of %d classes are too small to hold an image out and "
            "count for nothing in validation: %s",
            fraction,
            len(spared),
            num_classes,
            ", ".join(spared),
        )
    return train, val
