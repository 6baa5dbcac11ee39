"""Last layers: scaled cosines (model.head=cosine, losses with margins), scaled classes (LWS)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SCALE = 30.0  # s of Cao et al.
# Large enough for float16. Features that are all 0 give cosines of 0 instead of nan.
SMALLEST_NORM = 1e-6


class NormalisedLinear(nn.Module):
    """Logits s * cos(features, weight_c): no bias, and lengths don't count (Cao et al. 2019).

    The scale is here and not in the loss, so that the softmax of the logits is the network's
    probability at test too: of bare cosines it could never be far from uniform.

    Attributes:
        weight: [out_features, in_features], as of `torch.nn.Linear`; only its directions count, so
            rescaling its rows (a norm limit, tau-normalisation) changes no logit.
    """

    def __init__(self, in_features: int, out_features: int, scale: float = SCALE) -> None:
        """Draw unit vectors in random directions.

        Args:
            in_features: D, length of a feature vector.
            out_features: C, classes.
            scale: s, above 0; `losses.ldam` must be given the same.
        """
        super().__init__()
        self.in_features, self.out_features, self.scale = in_features, out_features, scale
        # Unit vectors in random directions: the length sets how fast a step of SGD turns them.
        directions = torch.randn(out_features, in_features)
        self.weight = nn.Parameter(F.normalize(directions, eps=SMALLEST_NORM))

    def forward(self, features: Tensor) -> Tensor:
        """Features float [B, D] to logits [B, C] in [-s, s]."""
        directions = F.normalize(self.weight, eps=SMALLEST_NORM)
        return self.scale * F.linear(F.normalize(features, eps=SMALLEST_NORM), directions)

    def extra_repr(self) -> str:
        """What `print` says of the layer."""
        return f"{self.in_features}, {self.out_features}, scale={self.scale:g}"


class ScaledLinear(nn.Module):
    """A linear layer, frozen, whose logits are multiplied by a learnt scale a class (LWS)."""

    def __init__(self, linear: nn.Linear) -> None:
        """Start with scales of 1."""
        super().__init__()
        self.linear = linear
        self.scale = nn.Parameter(torch.ones(linear.out_features))

    def forward(self, features: Tensor) -> Tensor:
        """Features float [B, D] to logits [B, C]."""
        logits: Tensor = self.linear(features)
        return self.scale * logits

    @torch.no_grad()
    def folded(self) -> nn.Linear:
        """The same function as one linear layer: the scale goes into weights and bias."""
        self.linear.weight.mul_(self.scale[:, None])
        if self.linear.bias is not None:
            self.linear.bias.mul_(self.scale)
        return self.linear
