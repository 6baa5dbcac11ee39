"""MaxNorm on the classifier: a bound on every class's weights (Alshammari et al., CVPR 2022)."""

from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer


class MaxNorm(Callback):
    """Projects every class's weight vector of the head onto a ball after each step.

    "Long-tailed recognition via weight balancing": w_c <- min(1, radius / |w_c|) w_c, the projected
    gradient descent of the constraint |w_c| <= radius; the bias stays free. Their code takes the
    radius from the norms of a trained classifier; here it is given. A head that normalises its
    weights doesn't notice.
    """

    def __init__(self, radius: float) -> None:
        """Take the bound.

        Args:
            radius: largest Euclidean norm of a class's weights, above 0.
        """
        self.radius = radius

    @torch.no_grad()
    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *arguments: Any
    ) -> None:
        """Project the weights [C, D] of ``pl_module.net.head`` in place."""
        # Looked up at every step: a second stage replaces the head.
        net: Any = pl_module.net
        net.head.weight.renorm_(p=2, dim=0, maxnorm=self.radius)
