"""Losses against imbalance: pure functions, one a paper, and the module that puts them together.

In all of them z are logits float [B, C], y labels int64 [B] in 0…C-1, and the loss is one a sample,
float [B]. Logits of 16 bits are raised to float32 first: a margin or a log prior would be lost in
their rounding.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ltlight.data.augment.mixing import MixedLabels
from ltlight.errors import UserError
from ltlight.losses.class_stats import class_margins, class_prior, class_smoothing, class_weights
from ltlight.models.heads import SCALE


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


def posthoc_adjusted(logits: Tensor, prior: Tensor, tau: float) -> Tensor:
    """z - tau log pi, float [B, C], for evaluation (Menon et al. 2021, eq. 9); tau 0 is z.

    Right for a network trained with plain cross-entropy. Balanced softmax and the logit-adjusted
    loss hold the prior already: adjusting those corrects twice.
    """
    return _precise(logits) - tau * prior.log()


def _precise(logits: Tensor) -> Tensor:
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


# What a loss has to know of every class, from the counts; the others know nothing of them.
BY_CLASS: dict[str, Callable[[Sequence[int]], Tensor]] = {
    "ldam": class_margins,
    "balanced_softmax": lambda counts: torch.as_tensor(counts, dtype=torch.float32),
    "logit_adjusted": class_prior,
    "label_aware_smoothing": class_smoothing,
}
KINDS = ("cross_entropy", "focal", *BY_CLASS)


class LongTailLoss(nn.Module):
    """The mean loss of a batch, by name, with class weights and mixed labels.

    Holds no entry of a checkpoint: everything follows from the configuration and the counts.
    """

    def __init__(
        self,
        kind: str,
        counts: Sequence[int],
        *,
        weights: str = "none",
        weights_from: int = 0,
        focal_gamma: float = 1.0,
        tau: float = 1.0,
    ) -> None:
        """
        Args:
            kind: ``cross_entropy``, ``focal``, ``ldam`` (needs a `NormalisedLinear` head),
                ``balanced_softmax``, ``logit_adjusted`` or ``label_aware_smoothing``.
            counts: training images of every class.
            weights: see `class_weights`.
            weights_from: epoch, counted from 0, from which on they act (deferred re-weighting,
                DRW, Cao et al. 2019).
            focal_gamma: of ``focal``, 0 or more.
            tau: of ``logit_adjusted``, 0 or more.

        Raises:
            UserError: for an unknown name, and for classes without training images where the loss
                or the weights divide by their number or take its logarithm.
        """
        super().__init__()
        if kind not in KINDS:
            raise UserError(f"method.loss={kind} must be one of {', '.join(KINDS)}")
        if kind in BY_CLASS or weights != "none":
            _refuse_absent_classes(counts, kind, weights)
        self.kind, self.focal_gamma, self.tau = kind, focal_gamma, tau
        self.weights_from = weights_from
        by_class = BY_CLASS[kind](counts) if kind in BY_CLASS else None
        class_weight = None if weights == "none" else class_weights(weights, counts)
        self.register_buffer("by_class", by_class, persistent=False)
        self.register_buffer("class_weight", class_weight, persistent=False)
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch begins, counted from 0: the weights act from ``weights_from`` on."""
        self.weighted = self.class_weight is not None and epoch >= self.weights_from

    def forward(self, logits: Tensor, labels: Tensor | MixedLabels) -> Tensor:
        """The weighted mean sum(w l) / sum(w), as torch's `CrossEntropyLoss` with ``weight``.

        A mixed image counts as two of the same logits: its first label with the share
        ``labels.weight``, its second with the rest, each times the weight of its class.

        Args:
            logits: float [B, C].
            labels: int64 [B], or `MixedLabels`.

        Returns:
            Scalar, float32 or wider.
        """
        if not isinstance(labels, MixedLabels):
            losses = self.each(logits, labels)
            if not self.weighted:
                return losses.mean()
            weights = self.class_weight[labels]
            return (weights * losses).sum() / weights.sum()
        first, second, share = labels
        losses = torch.stack([self.each(logits, first), self.each(logits, second)])
        weights = torch.stack([share, 1 - share])
        if self.weighted:
            weights = weights * self.class_weight[torch.stack([first, second])]
        return (weights * losses).sum() / weights.sum()

    def each(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The loss of every sample [B], without weights; labels int64 [B]."""
        match self.kind:
            case "cross_entropy":
                return cross_entropy(logits, labels)
            case "focal":
                return focal(logits, labels, self.focal_gamma)
            case "ldam":
                return ldam(logits, labels, self.by_class)
            case "balanced_softmax":
                return balanced_softmax(logits, labels, self.by_class)
            case "logit_adjusted":
                return logit_adjusted(logits, labels, self.by_class, self.tau)
            case "label_aware_smoothing":
                return label_aware_smoothing(logits, labels, self.by_class)


def _refuse_absent_classes(counts: Sequence[int], kind: str, weights: str) -> None:
    absent = [str(c) for c, n in enumerate(counts) if n < 1]
    if absent:
        raise UserError(
            f"class {', '.join(absent)} has no training images, which method.loss={kind} with "
            f"method.class_weights={weights} cannot weigh: take method.loss=cross_entropy or focal "
            "with method.class_weights=none, or give the class images"
        )
