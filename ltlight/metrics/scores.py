"""Scores of a classifier from its confusion matrix or its logits, in NumPy: the one truth.

Training and report both take theirs from here, so the report needs no torch. They equal
torchmetrics' and scikit-learn's (`tests/metrics/test_scores.py`).
"""

import numpy as np

# Training images of many- and few-shot classes, as in the literature (Liu et al., CVPR 2019).
MANY_ABOVE, FEW_BELOW = 100, 20


def shots(class_counts: np.ndarray) -> dict[str, np.ndarray]:
    """Which classes are many-, medium- and few-shot.

    Args:
        class_counts: int [C], training images; more than 100 are many, fewer than 20 are few.

    Returns:
        ``many``, ``medium`` and ``few``, each bool [C]; every class is in one of them.
    """
    counts = np.asarray(class_counts)
    many, few = counts > MANY_ABOVE, counts < FEW_BELOW
    return {"many": many, "medium": ~(many | few), "few": few}


def confusion_matrix(targets: np.ndarray, predicted: np.ndarray, num_classes: int) -> np.ndarray:
    """Counts int64 [C, C]; rows are the true classes, columns the predicted ones."""
    pairs = np.bincount(targets * num_classes + predicted, minlength=num_classes**2)
    return pairs.reshape(num_classes, num_classes)


def recalls(confusion: np.ndarray) -> np.ndarray:
    """Recall of every class, float [C] in [0, 1]; nan for classes without test images."""
    support = confusion.sum(axis=1)
    return np.where(support > 0, np.diag(confusion) / np.maximum(support, 1), np.nan)


def precisions(confusion: np.ndarray) -> np.ndarray:
    """Precision of every class, float [C] in [0, 1].

    nan for classes without test images, whose every prediction is wrong whatever the network is
    worth, and for those that are never predicted.
    """
    predicted, support = confusion.sum(axis=0), confusion.sum(axis=1)
    known = (support > 0) & (predicted > 0)
    return np.where(known, np.diag(confusion) / np.maximum(predicted, 1), np.nan)


def f1_by_class(confusion: np.ndarray) -> np.ndarray:
    """F1 of every class, float [C] in [0, 1]; nan for classes without test images."""
    predicted, support = confusion.sum(axis=0), confusion.sum(axis=1)
    f1 = 2 * np.diag(confusion) / np.maximum(predicted + support, 1)
    return np.where(support > 0, f1, np.nan)


def f1_macro(correct: np.ndarray, predicted: np.ndarray, support: np.ndarray) -> np.ndarray:
    """Macro-F1 over the first axis, the mean of 2 correct / (predicted + support).

    It is over the tested classes, those with images: scikit-learn's with their ``labels``. One that
    is predicted without being tested shows in the precision of the others.

    Args:
        correct: [C, …], images of every class that are recognised.
        predicted: [C, …], images that are called by its name.
        support: [C, …], images that there are of it.

    Returns:
        float [...] in [0, 1].
    """
    tested = support > 0
    f1 = 2 * correct * tested / np.maximum(predicted + support, 1e-12)
    return f1.sum(axis=0) / np.maximum(tested.sum(axis=0), 1)


def scores(confusion: np.ndarray, class_counts: np.ndarray) -> dict[str, float]:
    """Every score that a run records of its test images.

    Args:
        confusion: int [C, C], rows the true classes, at least one image in all.
        class_counts: int [C], training images, which make a class many-, medium- or few-shot.

    Returns:
        Each in [0, 1]: ``accuracy``, ``f1_macro`` over the tested classes, those with images, and
        of their recalls ``balanced_accuracy`` (arithmetic mean), ``recall_geometric_mean``,
        ``recall_harmonic_mean``, ``recall_worst``, ``recall_many``, ``recall_medium`` and
        ``recall_few``; the last three are nan where there is no such class. A class that is never
        recognised makes the geometric and the harmonic mean 0.
    """
    correct = np.diag(confusion)
    found = recalls(confusion)
    tested = ~np.isnan(found)
    values = found[tested]
    means = {name: _mean(found[chosen & tested]) for name, chosen in shots(class_counts).items()}
    all_above_0 = values.min() > 0
    return {
        "accuracy": float(correct.sum() / confusion.sum()),
        "f1_macro": float(f1_macro(correct, confusion.sum(axis=0), confusion.sum(axis=1))),
        "balanced_accuracy": float(values.mean()),
        "recall_geometric_mean": float(np.exp(np.log(values).mean())) if all_above_0 else 0.0,
        "recall_harmonic_mean": float(1 / (1 / values).mean()) if all_above_0 else 0.0,
        "recall_worst": float(values.min()),
        **{f"recall_{name}": mean for name, mean in means.items()},
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


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
