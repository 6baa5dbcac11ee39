"""Scores of predicted probabilities: log-loss, Brier score, calibration errors. NumPy, no torch.

They equal scikit-learn's and torchmetrics' (`tests/metrics/test_calibration.py`). Classes without
test images have no frequency to be calibrated to and are left out of the mean over classes.
"""

import numpy as np
from scipy.special import log_softmax

BINS = 15  # of equal width over [0, 1], as in Guo et al. (ICML 2017)


def log_probabilities(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Log of softmax(logits / temperature), float64 [N, C] of logits [N, C]."""
    found: np.ndarray = log_softmax(np.asarray(logits, dtype=np.float64) / temperature, axis=1)
    return found


def log_loss(log_probability: np.ndarray, targets: np.ndarray) -> float:
    """Mean of -log p(true class), in nats.

    Args:
        log_probability: float [N, C].
        targets: int64 [N].
    """
    return float(-log_probability[np.arange(len(targets)), targets].mean())


def brier_score(probability: np.ndarray, targets: np.ndarray) -> float:
    """Mean of the squared distance of p to the truth, summed over classes (Brier 1950).

    Args:
        probability: float [N, C], rows sum to 1.
        targets: int64 [N].

    Returns:
        In [0, 2]; with two classes twice the mean squared error of one class's probability.
    """
    true = probability[np.arange(len(targets)), targets]
    return float(((probability**2).sum(axis=1) - 2 * true + 1).mean())


def expected_calibration_error(probability: np.ndarray, targets: np.ndarray) -> float:
    """ECE of the predicted class (Naeini et al., AAAI 2015; Guo et al., ICML 2017).

    Mean over images of the distance between accuracy and mean confidence in the image's bin; 15
    bins of equal width of the largest probability.

    Args:
        probability: float [N, C], rows sum to 1.
        targets: int64 [N].

    Returns:
        In [0, 1].
    """
    return _binned_error(probability.max(axis=1), probability.argmax(axis=1) == targets)


def classwise_calibration_error(probability: np.ndarray, targets: np.ndarray) -> float:
    """Class-wise ECE: that of every class's probability, averaged over the classes.

    Static calibration error of Nixon et al. (CVPR workshops 2019), class-wise ECE of Kull et al.
    (NeurIPS 2019): for each class the mean over all images of the distance between the class's
    frequency and its mean probability in the image's bin, 15 bins of equal width. With many
    classes most probabilities are near 0, and so is this mean.

    Args:
        probability: float [N, C], rows sum to 1.
        targets: int64 [N].

    Returns:
        In [0, 1], the mean over the classes with test images.
    """
    tested = np.unique(targets)
    return float(np.mean([_binned_error(probability[:, c], targets == c) for c in tested]))


def bins_of(confidence: np.ndarray) -> np.ndarray:
    """The bin of each probability, int [N] below `BINS`, of float [N] in [0, 1].

    A bin holds its upper end, (0, 1/15] the first: 0 joins it.
    """
    found: np.ndarray = np.maximum(np.ceil(confidence * BINS).astype(np.int64) - 1, 0)
    return found


def _binned_error(confidence: np.ndarray, happened: np.ndarray) -> float:
    """Mean over images of |frequency - mean confidence| of their bin; both [N], in [0, 1]."""
    if not np.isfinite(confidence).all():
        return float("nan")
    surplus = np.bincount(bins_of(confidence), happened - confidence, minlength=BINS)
    return float(np.abs(surplus).sum() / len(confidence))
