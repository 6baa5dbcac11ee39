"""Figures of merit from predicted labels, in NumPy: the report needs no torch.

They equal torchmetrics' (`tests/metrics/test_scores.py`), which computed those of `metrics.json`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ltlight.config.conflicts import PRIOR_LOSSES


def free_tau(method: Mapping[str, Any]) -> float:
    """Strength of the logit adjustment that a run is shown with beside its own figures.

    1, or 0 where the logits make up for the prior already: adjusted at test by the method itself,
    or trained with the prior in the loss.

    Args:
        method: that part of the run's configuration; keys an older version didn't have may lack.
    """
    corrected = method.get("posthoc_tau", 0) > 0 or method.get("loss") in PRIOR_LOSSES
    return 0.0 if corrected else 1.0


def logit_adjustment(logits: np.ndarray, class_counts: np.ndarray, tau: float = 1.0) -> np.ndarray:
    """Post-hoc logit adjustment, z - tau * log pi (Menon et al. 2021, eq. 9).

    The argmax then aims at the balanced error. Right for a network trained with plain
    cross-entropy; one that was re-balanced in training is corrected twice.

    Args:
        logits: float [N, C].
        class_counts: int [C], training images; pi is their share. A class without any is never
            predicted by the plain logits and would be always by these: it keeps its logit.
        tau: strength, 0 for none.

    Returns:
        float [N, C].
    """
    counts = np.asarray(class_counts, dtype=np.float64)
    prior = np.where(counts > 0, counts, counts.sum()) / counts.sum()
    return logits - tau * np.log(prior)


def confusion_matrix(targets: np.ndarray, predicted: np.ndarray, num_classes: int) -> np.ndarray:
    """Counts int64 [C, C]; rows are the true classes, columns the predicted ones."""
    pairs = np.bincount(targets * num_classes + predicted, minlength=num_classes**2)
    return pairs.reshape(num_classes, num_classes)


def recalls(confusion: np.ndarray) -> np.ndarray:
    """Recall of every class, float [C] in [0, 1]; nan for classes without test images."""
    support = confusion.sum(axis=1)
    return np.where(support > 0, np.diag(confusion) / np.maximum(support, 1), np.nan)


def f1_from_counts(right: np.ndarray, predicted: np.ndarray, support: np.ndarray) -> np.ndarray:
    """Macro-F1 over the first axis, the mean of 2 right / (predicted + support).

    Classes absent from both the predictions and the targets are left out, as in torchmetrics.

    Args:
        right, predicted, support: [C, …], images of every class that are recognised, that are
            called by its name, and that there are.
    """
    both = predicted + support
    f1 = 2 * right / np.maximum(both, 1e-12)
    return f1.sum(axis=0) / np.maximum((both > 0).sum(axis=0), 1)


def figures(targets: np.ndarray, predicted: np.ndarray, num_classes: int) -> dict[str, float]:
    """``accuracy``, ``f1_macro`` and ``balanced_accuracy`` (mean recall), each in [0, 1]."""
    confusion = confusion_matrix(targets, predicted, num_classes)
    right = np.diag(confusion)
    return {
        "accuracy": float(right.sum() / confusion.sum()),
        "f1_macro": float(f1_from_counts(right, confusion.sum(axis=0), confusion.sum(axis=1))),
        "balanced_accuracy": float(np.nanmean(recalls(confusion))),
    }
