"""The loss of a batch: any loss of a sample, with class weights and mixed labels."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from ltlight.data.augment.mixing import MixedLabels
from ltlight.data.ranks import Share

# Logits [B, C] and labels [B] to losses [B], with the statistics it names as keywords.
SampleLoss = Callable[..., Tensor]


class LongTailLoss(nn.Module):
    """The mean loss of a batch, with class weights and mixed labels.

    Holds no entry of a checkpoint: everything follows from the configuration and the counts.
    """

    class_weights: Tensor | None

    def __init__(
        self,
        function: SampleLoss,
        statistics: Mapping[str, Tensor],
        *,
        class_weights: Tensor | None = None,
        weights_from: int = 0,
        weighted_mean: str = "weights",
    ) -> None:
        """Put a loss together, see `ltlight.training.build_model.build_loss`.

        Args:
            function: of `functional`, its options bound.
            statistics: what it takes of the classes, by its parameters' names, float [C] each.
            class_weights: float [C]; None: all alike.
            weights_from: epoch, counted from 0, from which on they act (deferred re-weighting,
                DRW, Cao et al. 2019).
            weighted_mean: what weighted losses are divided by: the sum of their ``weights``, or
                the number of images, ``batch``.
        """
        super().__init__()
        self.function = function
        self.names = tuple(statistics)
        for name, statistic in statistics.items():
            self.register_buffer(name, statistic, persistent=False)
        self.register_buffer("class_weights", class_weights, persistent=False)
        self.weights_from = weights_from
        self.by_weights = weighted_mean == "weights"
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch begins, counted from 0: the weights act from ``weights_from`` on."""
        self.weighted = self.class_weights is not None and epoch >= self.weights_from

    def forward(
        self, logits: Tensor, labels: Tensor | MixedLabels, share: Share | None = None
    ) -> Tensor:
        """The weighted mean of the losses.

        sum(w l) / sum(w), as torch's `CrossEntropyLoss` with ``weight`` (Cao et al. 2019), or
        sum(w l) / B (Cui et al. 2019). The first gives rare classes less than their weight: in a
        small batch that holds one of their images, it raises the divisor, too.

        A mixed image counts as two of the same logits: its first label with the share
        ``labels.weight``, its second with the rest, each times the weight of its class. Of labels
        in several parts, each has its own mean, and the means are added.

        Of a process's share of a batch, it is what the mean over all processes of these losses (and
        so of their gradients) makes the loss of the whole batch: their sum over the divisor's mean.

        Args:
            logits: float [B, C].
            labels: int64 [B], or `MixedLabels`.
            share: what they are of a batch that several processes train on; None: all of it.

        Returns:
            Scalar, float32 or wider.
        """
        if isinstance(labels, MixedLabels) and labels.parts > 1:
            parts = zip(logits.chunk(labels.parts), labels.split(), strict=True)
            return torch.stack([self(z, part, share) for z, part in parts]).sum()
        if share is not None:
            logits = logits[: share.own]
            if isinstance(labels, MixedLabels):
                labels = labels.of_first(share.own)
            else:
                labels = labels[: share.own]
        weights_of = self.class_weights if self.weighted else None
        if isinstance(labels, MixedLabels):
            first, second, part, _ = labels
            losses = torch.stack([self.each(logits, first), self.each(logits, second)])
            weights = shares = torch.stack([part, 1 - part])
            if weights_of is not None:
                weights = weights * weights_of[torch.stack([first, second])]
            divisor: Tensor | float = (weights if self.by_weights else shares).sum()
        else:
            losses = self.each(logits, labels)
            if weights_of is None:
                return losses.mean() if share is None else losses.sum() / share.mean_count
            weights = weights_of[labels]
            divisor = weights.sum() if self.by_weights else len(weights)
        if share is not None:
            by_weights = self.by_weights and weights_of is not None
            divisor = share.mean_of(weights.sum()) if by_weights else share.mean_count
        return (weights * losses).sum() / divisor

    def each(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The loss of every sample [B], without weights; labels int64 [B]."""
        statistics = {name: getattr(self, name) for name in self.names}
        return self.function(logits, labels, **statistics)
