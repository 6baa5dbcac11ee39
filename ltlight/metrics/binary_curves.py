"""ROC and precision-recall curves of two classes on fixed grids, so that seeds can be averaged.

Read as a staircase: at a false positive rate the sensitivity of the best threshold that keeps to
it, so that every point is one that a threshold reaches, and none lies between two.
"""

import numpy as np

from ltlight.metrics.binary import Threshold, margins
from ltlight.metrics.temperature import fit_temperature

GRID = np.linspace(0, 1, 201)  # of false positive rates, and of recalls
ROUNDING = 1e-9  # a rate of 0.1 is reached by 48 of 480


def roc_curve(is_positive: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """The largest sensitivity at no more than a false positive rate.

    Args:
        is_positive: bool [N], of both kinds.
        margin: float [N], finite, see `ltlight.metrics.binary`.

    Returns:
        Float [201] in [0, 1], at the rates of `GRID`.
    """
    return sensitivity_at_specificity(is_positive, margin, 1 - GRID)


def precision_recall_curve(is_positive: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """Precision at the highest threshold that reaches a recall.

    Args:
        is_positive: bool [N], of both kinds.
        margin: float [N], finite.

    Returns:
        Float [200] in [0, 1], at the recalls of `GRID` above 0.
    """
    false, true = _called(is_positive, margin)
    at = np.searchsorted(true / true[-1], GRID[1:] - ROUNDING)
    return true[at] / (true[at] + false[at])


def sensitivity_at_specificity(
    is_positive: np.ndarray, margin: np.ndarray, specificity: float | np.ndarray
) -> np.ndarray:
    """The largest sensitivity of all thresholds of at least a specificity in [0, 1].

    It is read off these images, as the area under the curve is: what a threshold chosen elsewhere
    reaches on them is another number.
    """
    false, true = _called(is_positive, margin)
    at = np.searchsorted(false / false[-1], 1 - np.asarray(specificity) + ROUNDING, side="right")
    return true[at - 1] / true[-1]


def threshold_of_specificity(
    logits: np.ndarray, targets: np.ndarray, positive: int, specificity: float
) -> Threshold | None:
    """The lowest threshold of at least a specificity, halfway between two images' margins.

    Args:
        logits: float [V, 2], of images the network was not trained on.
        targets: int64 [V].
        positive: the class looked for.
        specificity: in [0, 1].

    Returns:
        With the temperature fitted to the same images; None without images of both classes, or
        where a logit is not finite.
    """
    is_positive, margin = targets == positive, margins(logits, positive)
    if is_positive.all() or not is_positive.any() or not np.isfinite(margin).all():
        return None
    levels = np.unique(margin)[::-1]
    false, _ = _called(is_positive, margin)
    at = np.searchsorted(false / false[-1], 1 - specificity + ROUNDING, side="right") - 1
    above = levels[at - 1] if at else levels[0] + 2  # no threshold among them: above all
    below = levels[at] if at < len(levels) else levels[-1]
    return Threshold(float((above + below) / 2), fit_temperature(logits, targets))


def _called(is_positive: np.ndarray, margin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true positives, int [L + 1] each, as the threshold falls past L margins."""
    order = np.argsort(-margin, kind="stable")
    ends = np.flatnonzero(np.diff(margin[order], append=-np.inf))  # equal margins go together
    true = np.cumsum(is_positive[order])[ends]
    return np.concatenate([[0], ends + 1 - true]), np.concatenate([[0], true])
