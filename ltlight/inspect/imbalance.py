"""How imbalanced a set of images is, in numbers: pure functions of class counts. No torch here."""

import numpy as np


def imbalance_ratio(counts: np.ndarray) -> float:
    """Smallest to largest class, in (0, 1]; its inverse is the imbalance factor.

    Args:
        counts: int [C], images of every class; classes without any are left out.
    """
    present = counts[counts > 0]
    return float(present.min() / present.max())


def gini(counts: np.ndarray) -> float:
    """Gini coefficient of the class sizes: 0 where all are equal, towards 1 as one class has all.

    Half the mean difference of two classes over the mean class size (Gini 1912; used of long-tailed
    sets by Yang et al., IJCV 2022).

    Args:
        counts: int [C], at least one above 0.
    """
    ordered = np.sort(np.asarray(counts, dtype=np.float64))
    places = np.arange(1, len(ordered) + 1)
    return float((2 * places - len(ordered) - 1) @ ordered / (len(ordered) * ordered.sum()))


def expected_draws(counts: np.ndarray, draws: int) -> np.ndarray:
    """Images of every class that an epoch of the inverse-frequency sampler draws on average.

    Args:
        counts: int [C]; a class without images is never drawn.
        draws: of an epoch.

    Returns:
        float [C], ``draws`` over the number of classes with images.
    """
    present = counts > 0
    return np.where(present, draws / present.sum(), 0.0)


def share_seen(counts: np.ndarray, draws: int) -> np.ndarray:
    """Share of a class's images that such an epoch sees at least once, expected, float [C].

    Drawn with replacement: an image is missed by all draws with (1 - 1 / (C n_c)) ** draws.
    """
    present = counts > 0
    classes = int(present.sum())
    missed = (1 - 1 / (classes * np.maximum(counts, 1))) ** draws
    return np.where(present, 1 - missed, 0.0)
