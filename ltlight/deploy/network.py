"""From the pixels of pictures to calibrated logits: one module for prediction and for export."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ltlight.data.augment import presets
from ltlight.training.predictor import Predictor


class Calibrated(nn.Module):
    """One run: scaling and normalisation, the network as it was tested, temperature, prior.

    z / T + log(target / fitted): first the temperature; what it leaves are log probabilities under
    the fitted prior, up to a constant, and those are moved to the target.

    Attributes:
        net: images float [B, 3, S, S] in [-1, 1] to logits [B, C].
        predictor: how it is asked: views of a picture, post-hoc adjustment.
        temperature: T, above 0.
        shift: log(target / fitted) [C]; 0 where probabilities stay as they were taught.
    """

    shift: Tensor

    def __init__(self, net: Any, predictor: Predictor, temperature: float, shift: Tensor) -> None:
        """See the attributes."""
        super().__init__()
        self.net, self.predictor, self.temperature = net, predictor, temperature
        self.register_buffer("shift", shift)

    def forward(self, images: Tensor) -> Tensor:
        """Images uint8 [B, 3, S, S], RGB, to logits float32 [B, C]."""
        logits: Tensor = self.predictor(self.net, presets.none(images))
        return logits.float() / self.temperature + self.shift


class Averaged(nn.Module):
    """The mean of the calibrated logits of several runs: the geometric mean of what they say."""

    def __init__(self, members: Sequence[Calibrated]) -> None:
        """Take one or more, of the same classes and images."""
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, images: Tensor) -> Tensor:
        """Images uint8 [B, 3, S, S], RGB, to logits float32 [B, C]."""
        if len(self.members) == 1:
            only: Tensor = self.members[0](images)
            return only
        return torch.stack([member(images) for member in self.members]).mean(0)
