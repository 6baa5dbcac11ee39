"""The smallest difference of two methods that a test set can tell from noise. No torch here."""

import numpy as np
from scipy import stats

# Share of the test images that exactly one of two methods recognises. Assumed: it depends on the
# methods, and where it is smaller, smaller differences can be told.
DISAGREEMENT = 0.25
LEVEL, POWER = 0.05, 0.8


def smallest_difference(test_counts: np.ndarray, disagreement: float = DISAGREEMENT) -> float:
    """The difference in balanced accuracy that is found significant four times of five.

    A paired comparison of two trained networks on the same images: of an image the difference is
    -1, 0 or 1, and its variance at most the ``disagreement`` (McNemar 1947; for the sample size
    Connor, Biometrics 1987). The noise between trainings comes on top.

    Args:
        test_counts: int [C], test images of every class; classes without any are left out.
        disagreement: share of every class's images that exactly one method recognises, in (0, 1].

    Returns:
        In [0, 1], of the mean recall over classes, at `LEVEL` (two-sided) and `POWER`.
    """
    tested = test_counts[test_counts > 0]
    error = np.sqrt((disagreement / tested).sum()) / len(tested)
    return float((stats.norm.isf(LEVEL / 2) + stats.norm.isf(1 - POWER)) * error)
