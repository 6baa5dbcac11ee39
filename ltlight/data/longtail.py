"""Long-tailed subsets: how many images a class keeps, which ones, and the weights that undo it.

Pure functions of arrays; classes are numbered 0…C-1, the head first.
"""

from collections.abc import Callable

import numpy as np

from ltlight.errors import UserError, some

# Classes C, the head first, to the exponents of the ratio, each in [0, 1].
Profile = Callable[[int], list[float]]


def exponential(num_classes: int) -> list[float]:
    """x/C: the EE 443 report's, Figs 1-3; its smallest class is a little larger than the ratio."""
    return [x / num_classes for x in range(num_classes)]


def exponential_cui(num_classes: int) -> list[float]:
    """x/(C-1): Cui et al., CVPR 2019."""
    return [x / max(num_classes - 1, 1) for x in range(num_classes)]


def step(num_classes: int) -> list[float]:
    """0 for the first half of the classes, 1 for the others (Buda et al., 2018)."""
    return [float(x >= num_classes // 2) for x in range(num_classes)]


def natural(num_classes: int) -> list[float]:
    """0: every class keeps what it has."""
    return [0.0] * num_classes


def class_counts(
    num_classes: int, n_max: int, ratio: float, profile: Profile = exponential
) -> list[int]:
    """Images each class keeps under an imbalance ratio, n_x = n_max * ratio^exponent_x.

    Args:
        num_classes: C, 1 or more.
        n_max: images of the largest class.
        ratio: smallest to largest class, in (0, 1]; the inverse of the literature's factor.
        profile: C to the exponents of its classes.

    Returns:
        C counts, truncated to whole images as in Cui et al.'s code.

    Raises:
        UserError: for a ratio outside (0, 1].
    """
    if not 0 < ratio <= 1:
        raise UserError(f"data.ratio={ratio} must be above 0 and at most 1")
    return [int(n_max * ratio**exponent) for exponent in profile(num_classes)]


def longtail_counts(
    available: np.ndarray, ratio: float, profile: Profile, class_names: tuple[str, ...]
) -> np.ndarray:
    """Counts for a data set at hand: those of `class_counts`, never more than a class has.

    Args:
        available: int [C], images each class has; the largest is the profile's n_max.
        ratio: see `class_counts`.
        profile: see `class_counts`.
        class_names: C names, for the error message.

    Raises:
        UserError: naming the classes that would be left without images.
    """
    wanted = class_counts(len(available), int(available.max()), ratio, profile)
    counts = np.minimum(available, wanted)
    emptied = (counts == 0) & (available > 0)
    if emptied.any():
        empty = [class_names[c] for c in np.flatnonzero(emptied)]
        raise UserError(
            f"data.ratio={ratio} leaves class {some(empty, 5)} without images (the largest class "
            f"has {int(available.max())}): choose a larger ratio"
        )
    return counts


def subset_indices(labels: np.ndarray, counts: np.ndarray, seed: int) -> np.ndarray:
    """Indices of a random subset with ``counts[c]`` images of class c, in ascending order.

    The draw of a class depends on (seed, class) alone and a smaller count takes the beginning of
    the same permutation: subsets of one seed are nested, whatever ratio or profile they have.

    Args:
        labels: int [N] in 0…C-1.
        counts: int [C], at most the images of each class.
        seed: of the draw.
    """
    chosen = []
    for c, count in enumerate(counts):
        members = np.flatnonzero(labels == c)
        order = np.random.default_rng((seed, c)).permutation(len(members))
        chosen.append(members[order[:count]])
    return np.sort(np.concatenate(chosen))


def inverse_frequency_weights(counts: np.ndarray) -> np.ndarray:
    """Weight of every class, N / (C * n_c): the report's Fig 6, scikit-learn's ``balanced``.

    Args:
        counts: int [C], all above 0.

    Returns:
        float64 [C]; the mean weight of a sample is 1.
    """
    counts = np.asarray(counts)
    return counts.sum() / (len(counts) * counts.astype(np.float64))


def square_root_weights(counts: np.ndarray) -> np.ndarray:
    """Weight of a sample of every class, p_c ∝ sqrt(n_c) (Kang et al., 2020).

    Args:
        counts: int [C], all above 0.

    Returns:
        float64 [C].
    """
    return np.asarray(counts, dtype=np.float64) ** -0.5


def holdout_indices(
    labels: np.ndarray, fraction: float, seed: int, num_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Split a set by class: floor(fraction * n_c) images of every class are held out.

    A class too small to spare one image (n_c < 1/fraction) stays whole: a tail of two images can't
    be both trained on and validated with.

    Returns:
        (kept, held out), two ascending index arrays.
    """
    # The epsilon keeps 0.1 * 30 = 3.0000000000000004 and 0.29 * 100 = 28.999999999999996 whole.
    sizes = np.bincount(labels, minlength=num_classes)
    held_counts = np.floor(fraction * sizes + 1e-9).astype(np.int64)
    held = subset_indices(labels, held_counts, seed)
    return np.setdiff1d(np.arange(len(labels)), held), held
