"""Which images are held out where some must stay together, and the folds of a cross-validation.

Pure functions of arrays. ``units`` number what stays on one side: int [N], images of one unit have
the same number. Units are spread by scikit-learn's `StratifiedGroupKFold`, single images by its
`StratifiedKFold`, so that every fold has about its share of every class. Deterministic, given the
seed. What stands alone is held out by class, see `longtail.holdout_indices`.
"""

import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ltlight.errors import UserError

TRAINED = -1  # the fold of an image that is always trained on, never held out
MOST_PARTS = 10  # folds that a fraction is put together from: 0.25 is one of 4, 0.3 is 3 of 10
TRIALS = 5  # shuffles of the units, of which the best stratified is taken


def held_out_units(
    labels: np.ndarray, units: np.ndarray, fraction: float, seed: int, num_classes: int
) -> np.ndarray:
    """Whether each image is held out: whole units, about ``fraction`` of every class.

    A class keeps at least one unit to train on. Of the ways that this leaves, the one is taken that
    holds out something of the most classes, and then the one nearest to the fraction.

    Args:
        labels: int [N] in 0…C-1.
        units: int [N], see the module.
        fraction: in (0, 1).
        seed: of the shuffles.
        num_classes: C.

    Returns:
        bool [N].
    """
    movable = _movable(labels, units, num_classes)
    parts = Fraction(fraction).limit_denominator(MOST_PARTS).denominator
    parts = min(parts if parts > 1 else MOST_PARTS, _most_folds(labels, units, movable))
    taken = max(1, min(round(fraction * parts), parts - 1))
    sizes = np.bincount(labels, minlength=num_classes)
    there = sizes > 0
    best, least = np.zeros(len(labels), dtype=bool), (np.inf, np.inf)
    for trial in range(TRIALS if parts else 0):
        folds = _spread(labels, units, movable, parts, _state(seed, trial))
        for first in range(parts):
            chosen = (folds != TRAINED) & ((folds - first) % parts < taken)
            held = np.bincount(labels[chosen], minlength=num_classes)
            if (held[there] == sizes[there]).any():  # nothing would be left to train on
                continue
            off = np.abs(held - fraction * sizes)[there] / sizes[there]
            cost = (int((held[there] == 0).sum()), float(off.mean()))
            if cost < least:
                best, least = chosen, cost
    return best


def fold_numbers(
    labels: np.ndarray, units: np.ndarray | None, folds: int, seed: int, num_classes: int
) -> np.ndarray:
    """The fold that tests each image, stratified by class, no unit in two.

    Every class is trained on in every fold: of a class that has a single unit, or whose units lie
    in one fold whatever is tried, the images are `TRAINED` in all folds.

    Args:
        labels: int [N] in 0…C-1.
        units: int [N], see the module; None where every image stands alone.
        folds: k, 2 or more.
        seed: of the shuffles.
        num_classes: C.

    Returns:
        int [N] in 0…k-1, or `TRAINED`.

    Raises:
        UserError: where there is too little for so many folds.
    """
    alone = np.arange(len(labels)) if units is None else units
    movable = _movable(labels, alone, num_classes)
    most = _most_folds(labels, alone, movable)
    best, least = None, (np.inf, np.inf)
    for trial in range(0 if most < folds else 1 if units is None else TRIALS):
        found = _spread(labels, units, movable, folds, _state(seed, trial))
        found = _trained_in_every_fold(labels, alone, found)
        per_fold = np.bincount(found[found != TRAINED], minlength=folds)
        cost = (int((found == TRAINED).sum()), float(per_fold.std()))
        if per_fold.all() and cost < least:
            best, least = found, cost
    if best is None:
        what = "images" if units is None else "groups"
        raise UserError(
            f"data.folds={folds}: there are not enough {what} of the classes to test on something "
            f"in every fold and train on the rest ({most} can be held out): lower data.folds"
        )
    return best


def single_unit_classes(labels: np.ndarray, units: np.ndarray, num_classes: int) -> np.ndarray:
    """The classes of one unit, int [K]: were it held out, nothing of them would be left."""
    pairs = np.unique(np.stack([labels, units]), axis=1)
    return np.flatnonzero(np.bincount(pairs[0], minlength=num_classes) == 1)


def keep_duplicates_together(
    labels: np.ndarray, units: np.ndarray, numbers_of: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Numbers of images that stand alone, given to their few duplicates as well.

    The first image of every unit is numbered, and the others of it follow: with as many units as
    images, nearly, `StratifiedGroupKFold` would take minutes. A class is not left without training.

    Args:
        labels: int [N].
        units: int [N], images of one unit are duplicates.
        numbers_of: labels int [M] of the first of every unit to `TRAINED`, or where it is held out.

    Returns:
        int [N].
    """
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    first, unit = np.sort(first), np.argsort(np.argsort(first, kind="stable"))[unit]
    return _trained_in_every_fold(labels, unit, numbers_of(labels[first])[unit])


def _movable(labels: np.ndarray, units: np.ndarray, num_classes: int) -> np.ndarray:
    """Images, int [M], whose units are not the whole of any class."""
    single = np.isin(labels, single_unit_classes(labels, units, num_classes))
    return np.flatnonzero(~np.isin(units, units[single]))


def _most_folds(labels: np.ndarray, units: np.ndarray, movable: np.ndarray) -> int:
    """What scikit-learn can spread them over: as many as units, and images of some class."""
    if not len(movable):
        return 0
    return min(len(np.unique(units[movable])), int(np.bincount(labels[movable]).max()))


def _state(seed: int, trial: int) -> int:
    """A random state for scikit-learn, below 2^32: the seed itself in the first trial."""
    return (seed + 7919 * trial) % 2**32


def _spread(
    labels: np.ndarray, units: np.ndarray | None, movable: np.ndarray, folds: int, state: int
) -> np.ndarray:
    """The movable images spread over folds, int [N]; the others are `TRAINED`."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    found = np.full(len(labels), TRAINED)
    if folds == 1:
        found[movable] = 0
        return found
    kind: Any = StratifiedKFold if units is None else StratifiedGroupKFold
    splitter = kind(folds, shuffle=True, random_state=state)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")  # named by who asked
        groups = None if units is None else units[movable]
        for fold, (_, tested) in enumerate(splitter.split(movable, labels[movable], groups)):
            found[movable[tested]] = fold
    return found


def _trained_in_every_fold(labels: np.ndarray, units: np.ndarray, found: np.ndarray) -> np.ndarray:
    """The folds, the units of a class that lies in one fold alone moved to `TRAINED`."""
    found = found.copy()
    while True:
        alone = [
            c
            for c in np.unique(labels)
            if len(places := np.unique(found[labels == c])) == 1 and places[0] != TRAINED
        ]
        if not alone:
            return found
        found[np.isin(units, units[np.isin(labels, alone)])] = TRAINED
