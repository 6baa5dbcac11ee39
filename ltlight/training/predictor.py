"""How a trained network is asked: over several views of a picture, adjusted to the prior or not."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ltlight.losses.functional import posthoc_adjusted

Views = Callable[[Tensor, bool], list[Tensor]]


class Predictor(nn.Module):
    """Logits as they are tested. Holds no entry of a checkpoint.

    Attributes:
        views: of a picture, whose logits are averaged, see `tta`.
        mirror: whether mirrored views may be among them.
        tau: strength of the post-hoc logit adjustment, 0 for none.
        prior: pi [C], above 0.
    """

    prior: Tensor

    def __init__(self, views: Views, mirror: bool, tau: float, prior: Tensor) -> None:
        """See the attributes."""
        super().__init__()
        self.views, self.mirror, self.tau = views, mirror, tau
        self.register_buffer("prior", prior, persistent=False)

    def forward(self, net: nn.Module, images: Tensor) -> Tensor:
        """Images float [B, 3, S, S] to logits [B, C], averaged over views and adjusted."""
        logits = [net(view) for view in self.views(images, self.mirror)]
        return self._adjusted(torch.stack(logits).mean(0) if len(logits) > 1 else logits[0])

    def one_view(self, net: nn.Module, images: Tensor) -> Tensor:
        """The same without the other views."""
        return self._adjusted(net(images))

    def _adjusted(self, logits: Tensor) -> Tensor:
        return posthoc_adjusted(logits, self.prior, self.tau) if self.tau > 0 else logits
