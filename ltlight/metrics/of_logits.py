"""What a run records of its test logits once, at its end: beyond what a confusion matrix tells."""

import numpy as np

from ltlight.metrics import binary, calibration
from ltlight.metrics.binary import Threshold

TOP = 5  # guesses an image has
TOP_FROM = 6  # classes from which on five guesses can fail
CALIBRATION = ("ece", "classwise_ece", "brier", "log_loss")


def logit_scores(
    logits: np.ndarray, targets: np.ndarray, positive: int | None = None
) -> dict[str, float]:
    """Every score of logits as they are.

    Args:
        logits: float [N, C], at least one image.
        targets: int64 [N].
        positive: of two classes the one looked for; None for more classes.

    Returns:
        `calibration_scores`; from six classes on ``top5`` in [0, 1]; with a positive class
        `binary_scores`. What can't be known (no image of a class) is nan.
    """
    found = calibration_scores(logits, targets)
    if logits.shape[1] >= TOP_FROM:
        found["top5"] = top_accuracy(logits, targets, TOP)
    return found if positive is None else found | binary_scores(logits, targets, positive)


def calibration_scores(
    logits: np.ndarray, targets: np.ndarray, temperature: float = 1.0
) -> dict[str, float]:
    """``ece``, ``classwise_ece`` (in [0, 1]), ``brier`` (in [0, 2]), ``log_loss`` (nats).

    Args:
        logits: float [N, C].
        targets: int64 [N].
        temperature: that the logits are divided by.
    """
    log_probability = calibration.log_probabilities(logits, temperature)
    probability = np.exp(log_probability)
    return {
        "ece": calibration.expected_calibration_error(probability, targets),
        "classwise_ece": calibration.classwise_calibration_error(probability, targets),
        "brier": calibration.brier_score(probability, targets),
        "log_loss": calibration.log_loss(log_probability, targets),
    }


def binary_scores(logits: np.ndarray, targets: np.ndarray, positive: int) -> dict[str, float]:
    """``sensitivity`` and ``specificity`` by the largest logit, ``roc_auc`` and ``pr_auc``.

    Args:
        logits: float [N, 2].
        targets: int64 [N].
        positive: the class looked for, 0 or 1.
    """
    is_positive, margin = targets == positive, binary.margins(logits, positive)
    called = logits.argmax(axis=1) == positive
    return {
        "sensitivity": binary.sensitivity(is_positive, called),
        "specificity": binary.specificity(is_positive, called),
        "roc_auc": binary.roc_auc(is_positive, margin),
        "pr_auc": binary.pr_auc(is_positive, margin),
    }


def scores_at_threshold(
    logits: np.ndarray, targets: np.ndarray, positive: int, threshold: Threshold
) -> dict[str, float]:
    """``sensitivity_at_threshold`` and ``specificity_at_threshold``, each in [0, 1]."""
    is_positive = targets == positive
    called = binary.margins(logits, positive) >= threshold.margin
    return {
        "sensitivity_at_threshold": binary.sensitivity(is_positive, called),
        "specificity_at_threshold": binary.specificity(is_positive, called),
    }


def top_accuracy(logits: np.ndarray, targets: np.ndarray, guesses: int) -> float:
    """Share of the images whose class is among the largest logits, in [0, 1].

    Of equal logits the class of the smaller number comes first, as in an argmax.

    Args:
        logits: float [N, C].
        targets: int64 [N].
        guesses: how many of the largest count.
    """
    true = logits[np.arange(len(targets)), targets][:, None]
    earlier = np.arange(logits.shape[1]) < targets[:, None]
    before = ((logits > true) | ((logits == true) & earlier)).sum(axis=1)
    return float((before < guesses).mean())
