"""Losses against imbalance, one pure function a paper.

In all of them z are logits float [B, C], y labels int64 [B] in 0…C-1, and the loss is one a sample,
float [B]. Logits of 16 bits are raised to float32 first: a margin or a log prior would be lost in
their rounding.

What else a loss takes, it names: a statistic of the classes by its name in
`class_stats.STATISTICS` (``counts``, ``prior``, ``margins``, ``smoothing``: float [C]), an option
by its name in `training.build_model.loss_options` (``gamma``, ``tau``). To add a loss: its
function here, its line in `ltlight.config.choices`, its YAML.
"""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from ltlight.models.heads import SCALE

Loss = TypeVar("Loss", bound=Callable[..., Tensor])
OVER_SMOOTHING = 0.98  # of LOS, the authors' choice
DBM_SCALE = 32.0  # s of DBM
COSINE_MARGIN = 1e-6


def of_cosines(scale: float) -> Callable[[Loss], Loss]:
    """Mark a loss whose logits have to be cosines times a scale: the head becomes such a one."""

    def mark(loss: Loss) -> Loss:
        loss.cosine_scale = scale  # type: ignore[attr-defined]
        return loss

    return mark


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """-log p_y."""
    return F.cross_entropy(_precise(logits), labels, reduction="none")


def focal(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    """-(1 - p_y)^gamma log p_y (Lin et al. 2017, eq. 4, with softmax); gamma 0 is cross-entropy."""
    log_p = _precise(logits).log_softmax(dim=1)
    labels = labels[:, None]
    # Not from p_y: 1 - p_y rounds to 0, where its power has no finite slope for gamma below 1.
    log_rest = log_p.scatter(1, labels, -torch.inf).logsumexp(dim=1)
    return -(gamma * log_rest).exp() * log_p.gather(1, labels).squeeze(1)


@of_cosines(SCALE)
def ldam(logits: Tensor, labels: Tensor, margins: Tensor, scale: float = SCALE) -> Tensor:
    """Cross-entropy of s (cos - D_y at y), label-distribution-aware margins (Cao et al. 2019).

    Args:
        logits: s * cos, as `NormalisedLinear` gives them: s multiplies the margin here, which is
            the paper's s * (cos_y - D_y).
        labels: int64 [B].
        margins: D [C], see `class_margins`; 0 gives cross-entropy.
        scale: s of `NormalisedLinear`.
    """
    at_label = F.one_hot(labels, logits.shape[1])
    return cross_entropy(_precise(logits) - scale * margins * at_label, labels)


def balanced_softmax(logits: Tensor, labels: Tensor, counts: Tensor) -> Tensor:
    """Cross-entropy of z + log n (Ren et al. 2020); at test z is taken as it is.

    Args:
        counts: n [C], training images of every class, above 0.
    """
    return cross_entropy(_precise(logits) + counts.log(), labels)


def logit_adjusted(logits: Tensor, labels: Tensor, prior: Tensor, tau: float) -> Tensor:
    """Cross-entropy of z + tau log pi (Menon et al. 2021, eq. 10); at test z as it is.

    Args:
        prior: pi [C], above 0, see `class_prior`.
        tau: 0 gives cross-entropy, 1 balanced softmax.
    """
    return cross_entropy(_precise(logits) + tau * prior.log(), labels)


def label_aware_smoothing(logits: Tensor, labels: Tensor, smoothing: Tensor) -> Tensor:
    """Cross-entropy with 1 - eps_y at y and eps_y / (C - 1) elsewhere (MiSLAS, Zhong et al. 2021).

    As in the paper; its code spreads eps_y over all C classes, y among them.

    Args:
        smoothing: eps [C] in [0, 1), see `class_smoothing`; 0 gives cross-entropy.
    """
    log_p = _precise(logits).log_softmax(dim=1)
    log_p_y = log_p.gather(1, labels[:, None]).squeeze(1)
    log_p_others = (log_p.sum(dim=1) - log_p_y) / (logits.shape[1] - 1)
    return -torch.lerp(log_p_y, log_p_others, smoothing[labels].to(log_p.dtype))


def label_over_smoothing(logits: Tensor, labels: Tensor, epsilon: float = OVER_SMOOTHING) -> Tensor:
    """Cross-entropy with label smoothing so strong that hardly a label is left (LOS, ICLR 2025).

    Of a head on frozen features it turns the prior of the labels into nearly none.

    Args:
        logits: float [B, C].
        labels: int64 [B].
        epsilon: spread over all C classes, y among them, as in torch.
    """
    return F.cross_entropy(_precise(logits), labels, reduction="none", label_smoothing=epsilon)


@of_cosines(DBM_SCALE)
def dbm_balanced_softmax(
    logits: Tensor,
    labels: Tensor,
    counts: Tensor,
    margin: float,
    margin_tau: float,
    scale: float = DBM_SCALE,
) -> Tensor:
    """Difficulty-aware balancing margin on balanced softmax, DBM-BS (AAAI 2025).

    The logit of the true class is s cos(theta_y + m_c + 1[misclassified] m_i), with the class
    margin m_c = K (n_min / n_y)^tau and the instance margin m_i = m_c (1 - cos theta_y) / 2; then
    log n is added to all, as in `balanced_softmax`.

    Args:
        logits: s cos theta, float [B, C], as `NormalisedLinear` gives them.
        labels: int64 [B].
        counts: n [C], above 0.
        margin: K, radians, 0 or more; 0 is balanced softmax of the cosines.
        margin_tau: tau, 1 in the paper's text.
        scale: s of `NormalisedLinear`.
    """
    logits = _precise(logits)
    of_class = (margin * (counts.min() / counts) ** margin_tau).to(logits.dtype)
    at_label = logits.gather(1, labels[:, None]).squeeze(1) / scale
    misclassified = logits.argmax(1) != labels
    of_image = misclassified * (1 - at_label) / 2
    # arccos has no finite slope at its ends.
    angle = at_label.clamp(-1 + COSINE_MARGIN, 1 - COSINE_MARGIN).arccos()
    angle = angle + of_class[labels] * (1 + of_image)
    moved = logits.scatter(1, labels[:, None], scale * angle.cos()[:, None])
    return cross_entropy(moved + counts.log(), labels)


def posthoc_adjusted(logits: Tensor, prior: Tensor, tau: float) -> Tensor:
    """z - tau log pi, float [B, C], for evaluation (Menon et al. 2021, eq. 9); tau 0 is z.

    Right for a network trained with plain cross-entropy. Balanced softmax and the logit-adjusted
    loss hold the prior already: adjusting those corrects twice.
    """
    return _precise(logits) - tau * prior.log()


def _precise(logits: Tensor) -> Tensor:
    return logits.to(torch.promote_types(logits.dtype, torch.float32))
