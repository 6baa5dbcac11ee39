"""Scores of two classes, one of which is looked for: the positive one. No torch.

An image's *margin* is the logit of the positive class minus that of the other: the probability is
sigmoid(margin), and the label by the largest logit is positive where the margin is above 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ltlight.errors import UserError
from ltlight.metrics.temperature import fit_temperature

NAN = float("nan")


def rarer_class(class_counts: np.ndarray) -> int:
    """The class with the fewest images; of equals the last, as where 1 stands for positive."""
    counts = np.asarray(class_counts)
    return int(np.flatnonzero(counts == counts.min())[-1])


def positive_class(
    name: str | None, class_names: Sequence[str], class_counts: np.ndarray
) -> int | None:
    """The class that sensitivity is of.

    Args:
        name: ``data.positive_class``; None: the rarer one.
        class_names: C names.
        class_counts: int [C], training images.

    Returns:
        Its number; None for more than two classes.

    Raises:
        UserError: for a name that is none of two classes.
    """
    if len(class_names) != 2:
        if name is not None:
            raise UserError(
                f"data.positive_class={name} is of two classes, and these are {len(class_names)}: "
                "leave it at null; recall, precision and F1 are told for every class"
            )
        return None
    if name is None:
        return rarer_class(class_counts)
    if name not in class_names:
        raise UserError(
            f"data.positive_class={name} is no class of the data: name one of "
            f"{', '.join(class_names)}, or leave it at null for the rarer one"
        )
    return list(class_names).index(name)


def margins(logits: np.ndarray, positive: int) -> np.ndarray:
    """Float64 [N] of logits [N, 2]: above 0 where the positive class is predicted."""
    logits = np.asarray(logits, dtype=np.float64)
    return logits[:, positive] - logits[:, 1 - positive]


def sensitivity(is_positive: np.ndarray, called: np.ndarray) -> float:
    """Share of the positive images that are called so, bool [N] each; nan if there is none."""
    return float(called[is_positive].mean()) if is_positive.any() else NAN


def specificity(is_positive: np.ndarray, called: np.ndarray) -> float:
    """Share of the negative images that are called so, bool [N] each; nan if there is none."""
    return sensitivity(~is_positive, ~called)


def roc_auc(is_positive: np.ndarray, margin: np.ndarray) -> float:
    """Area under the ROC curve: the chance that a positive image has the larger margin.

    Args:
        is_positive: bool [N].
        margin: float [N].

    Returns:
        In [0, 1]; ties count half. nan without images of both classes, or a margin that is nan.
    """
    if not _has_both(is_positive) or not np.isfinite(margin).all():
        return NAN
    from sklearn.metrics import roc_auc_score  # a second to import, for two classes only

    return float(roc_auc_score(is_positive, margin))


def pr_auc(is_positive: np.ndarray, margin: np.ndarray) -> float:
    """Area under the precision-recall curve as average precision; chance is the positive share.

    Average precision, sum of (R_n - R_{n-1}) P_n, interpolates nothing: the trapezoid between
    points of that curve is too optimistic (Davis & Goadrich, ICML 2006).

    Args:
        is_positive: bool [N].
        margin: float [N].

    Returns:
        In [0, 1]; nan without images of both classes, or a margin that is nan.
    """
    if not _has_both(is_positive) or not np.isfinite(margin).all():
        return NAN
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(is_positive, margin))


@dataclass(frozen=True)
class Threshold:
    """From where on an image is called positive.

    Attributes:
        margin: the smallest margin that is.
        temperature: of the probabilities.
    """

    margin: float
    temperature: float = 1.0

    @property
    def probability(self) -> float:
        """The same as a probability of the positive class under the temperature."""
        return float(expit(self.margin / self.temperature))


def fit_threshold(logits: np.ndarray, targets: np.ndarray, positive: int) -> Threshold | None:
    """The threshold of the largest sensitivity + specificity - 1 (Youden 1950).

    That is the largest balanced accuracy. It lies halfway between two images' margins; of several
    as good it is the highest.

    Args:
        logits: float [V, 2], of images the network was not trained on.
        targets: int64 [V].
        positive: the class looked for.

    Returns:
        With the temperature fitted to the same images; None without images of both classes, or
        where a logit is not finite.
    """
    is_positive, margin = targets == positive, margins(logits, positive)
    if not _has_both(is_positive) or not np.isfinite(margin).all():
        return None
    order = np.argsort(-margin, kind="stable")
    ordered, found = margin[order], is_positive[order]
    rise = np.cumsum(found) / found.sum() - np.cumsum(~found) / (~found).sum()
    ends = np.flatnonzero(np.diff(ordered, append=-np.inf))  # of images with equal margins
    at = ends[np.argmax(rise[ends])]
    below = ordered[at + 1] if at + 1 < len(ordered) else ordered[at]
    return Threshold((ordered[at] + below) / 2, fit_temperature(logits, targets))


def _has_both(is_positive: np.ndarray) -> bool:
    return bool(is_positive.any() and not is_positive.all())
