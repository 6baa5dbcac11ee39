"""A head on the features of a pretrained backbone."""

from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ltlight.models.backbones import Backbone

SMALLEST_DEVIATION = 1e-6  # of a feature: one that never varies is left out, not blown up


class FeatureHead(nn.Module):
    """Standardised features to logits: what is trained on a frozen backbone.

    Attributes:
        mean, deviation: of every feature over the training images; part of the checkpoint.
        head: the last layer, which may be replaced.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, num_features: int, num_classes: int) -> None:
        """Start with features as they are.

        Args:
            num_features: D.
            num_classes: C.
        """
        super().__init__()
        self.register_buffer("mean", torch.zeros(num_features))
        self.register_buffer("deviation", torch.ones(num_features))
        self.head: nn.Module = nn.Linear(num_features, num_classes)

    def forward(self, features: Tensor) -> Tensor:
        """Features float [B, D] to logits [B, C]."""
        return self.head((features - self.mean) / self.deviation)

    @torch.no_grad()
    def folded(self) -> nn.Module:
        """The same function as one linear layer: the statistics go into weights and bias.

        Of cosines it can't be had: the lengths of the standardised features are in it.
        """
        if not isinstance(self.head, nn.Linear):
            return self
        linear = nn.Linear(self.head.in_features, self.head.out_features)
        weight = self.head.weight.double() / self.deviation.double()
        linear.weight.copy_(weight)
        linear.bias.copy_(self.head.bias.double() - weight @ self.mean.double())
        return linear

    @torch.no_grad()
    def standardise(self, mean: Tensor, deviation: Tensor) -> None:
        """Take the statistics of the training images, each float [D]."""
        self.mean.copy_(mean)
        self.deviation.copy_(torch.where(deviation > SMALLEST_DEVIATION, deviation, 1.0))


class Pretrained(nn.Module):
    """Backbone and head: images to logits.

    Attributes:
        backbone: see `Backbone`.
        classifier: see `FeatureHead`.
        fixed_statistics: whether the backbone's batch norms keep theirs in training.
    """

    def __init__(
        self, backbone: Backbone, classifier: FeatureHead, *, fixed_statistics: bool = False
    ) -> None:
        """Put them together."""
        super().__init__()
        self.backbone, self.classifier = backbone, classifier
        self.fixed_statistics = fixed_statistics

    def forward(self, images: Tensor) -> Tensor:
        """Images float [B, 3, S, S] in [-1, 1] to logits [B, C]."""
        logits: Tensor = self.classifier(self.backbone(images))
        return logits

    def train(self, mode: bool = True) -> Self:
        """As in torch, but what is frozen of the backbone stays in evaluation mode.

        So its batch norms keep their statistics, and nothing of it is dropped. With
        ``fixed_statistics`` all its batch norms do; their scales and shifts are trained.
        """
        super().train(mode)
        for module in self.backbone.modules() if mode else ():
            weights = [p.requires_grad for p in module.parameters()]
            frozen = bool(weights) and not any(weights)
            if frozen or (self.fixed_statistics and isinstance(module, _BatchNorm)):
                module.eval()
        return self

    @property
    def head(self) -> nn.Module:
        """The last layer; assigning to it replaces it."""
        return self.classifier.head

    def __setattr__(self, name: str, value: Any) -> None:
        # torch registers a module under the name it is assigned to and asks no property's setter.
        if name == "head":
            self.classifier.head = value
        else:
            super().__setattr__(name, value)
