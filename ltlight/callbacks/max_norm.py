"""MaxNorm on the classifier: a bound on every class's weights (Alshammari et al., CVPR 2022)."""

from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer


class MaxNorm(Callback):
    """Projects every class's weight vector of the head onto a ball after each step.

    "Long-tailed recognition via weight balancing": w_c <- min(1, radius / |w_c|) w_c, the projected
    gradient descent of the constraint |w_c| <= radius; the bias stays free. Their code takes the
    radius from the norms of a trained classifier, as `second_stage.weight_balancing` does; here it
    is given. A head that normalises its
    weights doesn't notice.
    """

    def __init__(self, radius: float, every_step: bool = True) -> None:
        """Take the bound.

        Args:
            radius: largest Euclidean norm of a class's weights, above 0.
            every_step: or at the end of each epoch only, as in the authors' second stage.
        """
        self.radius, self.every_step = radius, every_step

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *arguments: Any
    ) -> None:
        """Project after a step, where every step counts."""
        if self.every_step:
            self.project(pl_module)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Project after an epoch."""
        if not self.every_step:
            self.project(pl_module)

    @torch.no_grad()
    def project(self, pl_module: LightningModule) -> None:
        """Project the weights [C, D] of ``pl_module.net.head`` in place."""
        # Looked up every time: a second stage replaces the head.
        net: Any = pl_module.net
        net.head.weight.renorm_(p=2, dim=0, maxnorm=self.radius)
