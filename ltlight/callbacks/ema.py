"""The exponential mean of the weights, which is what gets evaluated (Polyak & Juditsky 1992)."""

from typing import Any

from lightning.pytorch import Callback, Trainer
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

TRAINED = "ema_trained_weights"  # key of a checkpoint: where the optimiser stood


class EMA(Callback):
    """Averages the network, batch norm's statistics included, after every step.

    mean <- d mean + (1 - d) weights, with d = min(decay, (1 + t) / (10 + t)) at step t as in
    TensorFlow's moving average: a short training would otherwise end near its random beginning.

    Validation, the checkpoints' ``state_dict`` and the network after the fit are the mean. Unlike
    Lightning's own callback this one never makes the host wait for the device, and a checkpoint
    loaded for a test is the mean too.
    """

    def __init__(self, decay: float) -> None:
        """Wait for a fit.

        Args:
            decay: d a step, in (0, 1).
        """
        self.decay, self.steps = decay, 0
        self._mean: dict[str, Tensor] = {}
        self._live: dict[str, Tensor] = {}
        self._resumed: dict[str, Tensor] | None = None
        self._swapped = False  # the mean is in the network, the weights here

    def on_fit_start(self, trainer: Trainer, pl_module: Any) -> None:
        """The mean begins at the weights at hand, or where the checkpoint left it."""
        net = pl_module.net
        # Counts of batches are whole numbers: they are not averaged.
        self._live = {k: v for k, v in net.state_dict().items() if v.is_floating_point()}
        self._mean = {k: v.clone() for k, v in self._live.items()}
        if self._resumed is not None:
            net.load_state_dict(self._resumed)
            self._resumed = None

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, *arguments: Any) -> None:
        """Move the mean if the weights have moved."""
        if trainer.global_step == self.steps:  # a batch whose gradient is still being added up
            return
        self.steps = trainer.global_step
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        average = get_ema_multi_avg_fn(decay)
        average(list(self._mean.values()), list(self._live.values()), None)

    def on_validation_start(self, trainer: Trainer, pl_module: Any) -> None:
        """Put the mean into the network."""
        self._swap()

    def on_validation_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Put the weights back."""
        self._swap()

    def _swap(self) -> None:
        # By value: optimiser and network keep their tensors.
        for name, mean in self._mean.items():
            kept = mean.clone()
            mean.copy_(self._live[name])
            self._live[name].copy_(kept)
        self._swapped = not self._swapped

    def on_fit_end(self, trainer: Trainer, pl_module: Any) -> None:
        """The network becomes the mean, also where a finished fit was only resumed."""
        pl_module.net.load_state_dict(pl_module.net.state_dict() | self._mean)
        self._mean, self._live = {}, {}

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: Any, checkpoint: dict[str, Any]
    ) -> None:
        """Save the mean as the network, and beside it where the optimiser stands."""
        if not self._mean:
            return
        mean, trained = self._mean, {}
        if self._swapped:  # cut off in an evaluation
            mean, trained = self._live, self._mean
        weights = pl_module.net.state_dict() | trained
        checkpoint[TRAINED] = {k: v.clone() for k, v in weights.items()}
        checkpoint["state_dict"] |= {f"net.{k}": v.clone() for k, v in mean.items()}

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: Any, checkpoint: dict[str, Any]
    ) -> None:
        """Keep where the optimiser stood until the fit starts."""
        self._resumed = checkpoint.get(TRAINED) if trainer.training else None

    def state_dict(self) -> dict[str, Any]:
        """The steps so far; the mean itself is the checkpoint's network."""
        return {"steps": self.steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The steps so far."""
        self.steps = state_dict["steps"]
