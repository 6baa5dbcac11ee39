"""The interval of a share, such as the recall of one class."""

import numpy as np
from scipy import stats

LEVEL = 0.95


def wilson(share: np.ndarray, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % score interval of a share (Wilson 1927), the ends of each.

    Recall of a class averaged over seeds is the share of one seed as far as the images go: every
    seed is tested on the same ones, so they count once. The noise of seeds is not in it.

    Args:
        share: float [...] in [0, 1]; nan where there are no images.
        images: int [...], what it is a share of.

    Returns:
        Lower and upper end, float [...] in [0, 1]; nan where there are no images.
    """
    z = stats.norm.ppf((1 + LEVEL) / 2)
    n = np.where(images > 0, images, np.nan)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return middle - half, middle + half
