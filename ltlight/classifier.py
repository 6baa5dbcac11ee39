"""The LightningModule: a network, cross-entropy, SGD, and the figures of an epoch."""

import lightning as L
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ltlight.errors import UserError
from ltlight.metrics import LongTailMetrics
from ltlight.optim import FactoredSGD, build_sgd
from ltlight.seeds import DROPOUT, mixed_seed


class LongTailClassifier(L.LightningModule):
    """Trains any network that maps images to logits.

    Logs by epoch, never by step: on a slow host, logging costs more than a small network's step.
    Training figures are those of the augmented, resampled batches while the weights move.

    Attributes:
        test_logits: float32 [N, C] on the host, after a test.
        test_recalls: recall of every class on the test set, after a test.
        last_confusion: counts int64 [C, C] of the last evaluation, rows the true classes.
    """

    def __init__(
        self,
        net: nn.Module,
        class_counts: list[int],
        *,
        lr: float = 1e-4,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        seed: int = 0,
        validation_is_test: bool = True,
    ) -> None:
        """
        Args:
            net: images float [B, 3, S, S] in [-1, 1] to logits [B, C].
            class_counts: training images of every class.
            lr, momentum, weight_decay, nesterov: of `torch.optim.SGD`; the report's by default.
            seed: of the dropout.
            validation_is_test: whether validation watches the test set rather than a split held
                out of the training images; its figures are tagged ``test/`` or ``val/``.
        """
        super().__init__()
        self.save_hyperparameters(ignore=["net"])
        self.net = net
        self.eval_metrics = LongTailMetrics(class_counts)
        self.test_logits: Tensor | None = None
        self.test_recalls: list[float] = []
        self.last_confusion: np.ndarray | None = None
        self._batches: list[Tensor] = []

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B, C]."""
        return self.net(images)

    def on_train_epoch_start(self) -> None:
        # Dropout draws from torch's global generator, which a checkpoint does not hold.
        seed = mixed_seed(DROPOUT, self.hparams.seed, self.current_epoch, self.global_rank)
        torch.manual_seed(seed)
        # Summed on the device and read once an epoch, so the host never waits for a step.
        self._loss_sum = torch.zeros((), device=self.device)
        self._num_right = torch.zeros((), device=self.device, dtype=torch.long)
        self._num_seen = 0
        self._first_bad_step = torch.full((), -1, device=self.device)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        images, labels = batch
        logits = self.net(images)
        loss = F.cross_entropy(logits, labels)
        with torch.no_grad():
            bad = ~torch.isfinite(loss) & (self._first_bad_step < 0)
            self._first_bad_step = torch.where(bad, batch_idx, self._first_bad_step)
            self._loss_sum += loss.detach() * len(labels)
            self._num_right += (logits.argmax(dim=1) == labels).sum()
            self._num_seen += len(labels)
        return loss

    def on_train_epoch_end(self) -> None:
        step = int(self._first_bad_step)
        if step >= 0:
            raise UserError(
                f"the loss is not finite at epoch {self.current_epoch}, step {step}: lower "
                f"optim.lr={self.hparams.lr}; what was written before this epoch is kept"
            )
        figures = {
            "train/loss": self._loss_sum / self._num_seen,
            "train/accuracy": self._num_right / self._num_seen,
        }
        self.log_dict({**figures, "step": self._epochs_done}, sync_dist=True)

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        images, labels = batch
        self.eval_metrics.update(self.net(images), labels)

    def on_validation_epoch_end(self) -> None:
        stage = "test" if self.hparams.validation_is_test else "val"
        self._log_figures(stage)

    def on_test_epoch_start(self) -> None:
        self._batches = []

    def test_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        images, labels = batch
        logits = self.net(images)
        self.eval_metrics.update(logits, labels)
        self._batches.append(logits.float().cpu())

    def on_test_epoch_end(self) -> None:
        self.test_logits = torch.cat(self._batches)
        self._batches = []
        self.test_recalls = self.eval_metrics.recall.compute().tolist()
        self._log_figures("test")

    def _log_figures(self, stage: str) -> None:
        figures = self.eval_metrics.compute()
        self.log_dict(
            {f"{stage}/{name}": value for name, value in figures.items()}
            | {"step": self._epochs_done}
        )
        self.last_confusion = self.eval_metrics.confusion.compute().cpu().numpy()
        self.eval_metrics.reset()

    @property
    def _epochs_done(self) -> float:
        """Epochs of training behind the weights at hand: the x axis of every curve."""
        return float(self.current_epoch + self.trainer.training + self.trainer.validating)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        h = self.hparams
        options = {k: h[k] for k in ("lr", "momentum", "weight_decay", "nesterov")}
        return build_sgd(self.net, plain_because(self.trainer), **options)

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """As Lightning does; gradients kept in factors only their optimiser can clip."""
        if isinstance(optimizer, FactoredSGD):
            if gradient_clip_val:
                optimizer.clip_grad_norm_(gradient_clip_val)
        else:
            super().configure_gradient_clipping(
                optimizer, gradient_clip_val, gradient_clip_algorithm
            )


def plain_because(trainer: L.Trainer) -> str | None:
    """Why a trainer needs stored gradients; None where it doesn't."""
    if trainer.world_size > 1:
        return f"{trainer.world_size} processes exchange them"
    if trainer.scaler is not None:
        return "trainer.precision=16-mixed scales them (bf16-mixed doesn't)"
    return None
