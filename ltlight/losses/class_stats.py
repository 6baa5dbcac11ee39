"""What the losses take from the class counts: prior, margins, smoothing and weights of every class.

All from ``counts``, the training images n_c of C classes, N in sum; all float32 [C].
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ltlight.data.longtail import inverse_frequency_weights

LARGEST_MARGIN = 0.5  # of LDAM, the rarest class's
# Label-aware smoothing: MiSLAS's own choice for CIFAR-100-LT at imbalance factor 50.
SMOOTHING_HEAD, SMOOTHING_TAIL = 0.3, 0.0
EFFECTIVE_NUMBER_BETA = 0.9999


def class_prior(counts: Sequence[int]) -> Tensor:
    """pi_c = n_c / N, float32 [C]; 1 for a class without images, so that it is adjusted by 0."""
    n = np.asarray(counts, dtype=np.float64)
    return _float32(np.where(n > 0, n, n.sum()) / n.sum())


def class_margins(counts: Sequence[int], largest: float = LARGEST_MARGIN) -> Tensor:
    """D_c proportional to n_c^(-1/4), the rarest class's ``largest``; float32 [C]."""
    margins = np.asarray(counts, dtype=np.float64) ** -0.25
    return _float32(largest * margins / margins.max())


def class_smoothing(
    counts: Sequence[int],
    smoothing_head: float = SMOOTHING_HEAD,
    smoothing_tail: float = SMOOTHING_TAIL,
) -> Tensor:
    """Smoothing eps_c of every class by MiSLAS's concave form, float32 [C].

    ``smoothing_head`` at the largest class, ``smoothing_tail`` at the smallest, and between them
    tail + (head - tail) sin(pi/2 (n_c - n_min) / (n_max - n_min)). Of balanced counts every class
    is head.
    """
    n = np.asarray(counts, dtype=np.float64)
    share = (n - n.min()) / np.ptp(n) if np.ptp(n) > 0 else np.ones_like(n)
    rise = (smoothing_head - smoothing_tail) * np.sin(np.pi / 2 * share)
    return _float32(smoothing_tail + rise)


def inverse_frequency(counts: Sequence[int]) -> Tensor:
    """Weight of every class N / (C n_c), float32 [C]; 1 for all where the counts are equal."""
    return _float32(inverse_frequency_weights(np.asarray(counts)))


def effective_number(counts: Sequence[int]) -> Tensor:
    """Weight (1 - b) / (1 - b^n_c) with b = 0.9999, scaled to sum C (Cui et al. 2019); [C]."""
    n = np.asarray(counts, dtype=np.float64)
    weights = 1 / -np.expm1(n * np.log(EFFECTIVE_NUMBER_BETA))
    return _float32(weights * len(n) / weights.sum())


def _float32(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values).float()


# What a loss may take of the classes, by the name of its parameter; after the counts a statistic
# takes those options of the configuration that are parameters of its function.
STATISTICS: dict[str, Callable[..., Tensor]] = {
    "counts": lambda counts: torch.as_tensor(counts, dtype=torch.float32),
    "prior": class_prior,
    "margins": class_margins,
    "smoothing": class_smoothing,
}
