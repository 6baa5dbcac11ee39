"""The LightningModule: a network, its loss, its optimiser, and the metrics of an epoch."""

from importlib import import_module
from pathlib import Path
from typing import Any, Self

import lightning as L
import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ltlight.data.loader import Alone, Together
from ltlight.errors import UserError
from ltlight.losses.long_tail_loss import LongTailLoss
from ltlight.metrics.epoch import LongTailMetrics, TrainingSums
from ltlight.optim.build import OptimizerFactory, clip_factored
from ltlight.optim.factor_exchange import are_smaller, leave_to_optimizer
from ltlight.optim.factored_sgd import wide_layers
from ltlight.processes import in_all
from ltlight.seeds import DROPOUT, mixed_seed
from ltlight.training.predictor import Predictor

RECORD = "ltlight"  # the key of a checkpoint under which it is
REBUILD = "ltlight.training.checkpoint"  # imported when it is asked for: it builds classifiers


class LongTailClassifier(L.LightningModule):
    """Trains any network that maps images to logits.

    Logs by epoch, never by step: on a slow host, logging costs more than a small network's step.
    Training metrics are those of the augmented, resampled batches while the weights move.

    Attributes:
        test_logits: float32 [N, C] on the host, after a test.
        test_recalls: recall of every class on the test set, after a test; nan for one without
            test images.
        last_confusion: counts int64 [C, C] of the last evaluation, rows the true classes.
        record: what its checkpoints carry, so that `load_from_checkpoint` can build it anew:
            ``config``, ``class_counts`` and ``class_names`` as plain containers; None: nothing.
    """

    net: Any  # a module with a `head`, which torch's annotations of attributes can't say
    record: dict[str, Any] | None

    def __init__(
        self,
        net: nn.Module,
        loss: LongTailLoss,
        optimizer: OptimizerFactory,
        predictor: Predictor,
        *,
        class_counts: list[int],
        seed: int,
        validation_is_test: bool,
    ) -> None:
        """Take finished parts, see `ltlight.training.build_model.build_model`.

        Args:
            net: images float [B, 3, S, S] in [-1, 1] to logits [B, C].
            loss: of a batch.
            optimizer: of the weights that are trained.
            predictor: how the network is asked at test.
            class_counts: training images of every class.
            seed: of the dropout.
            validation_is_test: whether validation watches the test set rather than a split held
                out of the training images; its metrics are tagged ``test/`` or ``val/``. Nothing
                is chosen by it then, so it goes without the predictor's views.
        """
        super().__init__()
        self.net = net
        self.loss = loss
        self.optimizer = optimizer
        self.predictor = predictor
        self.class_counts = class_counts
        self.seed = seed
        self.validation_is_test = validation_is_test
        self.eval_metrics = LongTailMetrics(class_counts)
        self.test_logits: Tensor | None = None
        self.test_recalls: list[float] = []
        self.last_confusion: np.ndarray | None = None
        self.record = None
        self._batches: list[Tensor] = []

    @classmethod
    def load_from_checkpoint(  # type: ignore[override]
        cls,
        checkpoint_path: str | Path,
        map_location: Any = None,
        **parts: Any,
    ) -> Self:
        """A classifier with the weights of a checkpoint, as it was built for its run.

        Args:
            checkpoint_path: a run's `model.ckpt`, `best.ckpt` or `last.ckpt`; one that was made
                before checkpoints carried their configuration needs its run folder around it.
            map_location: where to put the weights, as in `torch.load`.
            parts: arguments of the constructor; given any, it is built of them alone, as by
                Lightning's own `load_from_checkpoint`.

        Raises:
            UserError: for a file that is no such checkpoint.
        """
        if parts:
            return super().load_from_checkpoint(checkpoint_path, map_location, **parts)
        rebuilt: Self = import_module(REBUILD).rebuilt(Path(checkpoint_path), map_location)
        return rebuilt

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Let a checkpoint carry `record`."""
        if self.record is not None:
            checkpoint[RECORD] = self.record

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B, C] as they are tested, see `Predictor`."""
        logits: Tensor = self.predictor(self.net, images)
        return logits

    @property
    def trained(self) -> nn.Module:
        """What the optimiser moves."""
        net: nn.Module = self.net
        return net

    def on_train_epoch_start(self) -> None:
        """Seed the dropout: it draws from torch's global generator, which no checkpoint holds."""
        torch.manual_seed(mixed_seed(DROPOUT, self.seed, self.current_epoch, self.global_rank))
        self.loss.set_epoch(self.current_epoch)
        self._sums = TrainingSums(self.device)

    def epoch_sums(self) -> dict[str, Any]:
        """What this epoch has counted so far; see `TrainingSums.state`."""
        return self._sums.state()

    def restore_epoch_sums(self, state: dict[str, Any]) -> None:
        """Go on counting where an epoch was cut off."""
        self._sums.restore(state)

    def training_step(self, batch: Alone | Together, batch_idx: int) -> Tensor:
        """The loss of a batch; an optimiser may ask for it twice, it is counted once."""
        images, labels, *shares = batch
        share = shares[0] if shares else None  # of several processes
        logits = self.net(images)
        loss = self.loss(logits, labels, share)
        self._sums.add(batch_idx, loss, logits, labels, share)
        return loss

    def on_train_epoch_end(self) -> None:
        """Log the epoch, unless its loss was not finite."""
        self._sums.add_processes()
        sums = self.summed(self._sums, self.current_epoch)
        rate = self.trainer.optimizers[0].param_groups[0]["lr"]  # with which the next one begins
        self.log_dict(sums | {"train/lr": rate, "step": self._epochs_done})

    def summed(self, sums: TrainingSums, epoch: int) -> dict[str, Tensor]:
        """Loss and accuracy of an epoch as ``train/…``.

        Raises:
            UserError: where the loss was not finite.
        """
        step = sums.first_bad_step
        if step is not None:
            reason = UserError(
                f"the loss is not finite at epoch {epoch}, step {step}: lower "
                f"optim.lr={self.optimizer.lr} (or method.lr, where it is set); what was written "
                "before this epoch is kept"
            )
            raise in_all(reason)
        return {f"train/{name}": value for name, value in sums.compute().items()}

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """Count a batch of the held-out split, or of the test set that is watched."""
        images, labels = batch
        watched = self.validation_is_test
        logits = self.predictor.one_view(self.net, images) if watched else self(images)
        self.eval_metrics.update(logits, labels)

    def on_validation_epoch_end(self) -> None:
        """Log what was counted."""
        self.log_dict(self.validated() | {"step": self._epochs_done})

    def validated(self) -> dict[str, float]:
        """The scores of the validation that has ended, which are forgotten here."""
        return self._evaluated("test" if self.validation_is_test else "val")

    def on_test_epoch_start(self) -> None:
        """Forget the logits of an earlier test."""
        self._batches = []

    def test_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """Count a batch of the test set and keep its logits."""
        images, labels = batch
        logits = self(images)
        self.eval_metrics.update(logits, labels)
        self._batches.append(logits.float().cpu())

    def on_test_epoch_end(self) -> None:
        """Log what was counted; the logits and recalls stay here."""
        self.log_dict(self.tested() | {"step": self._epochs_done})

    def tested(self) -> dict[str, float]:
        """The scores of the test that has ended; its logits and recalls stay here."""
        self.test_logits = torch.cat(self._batches)
        self._batches = []
        self.test_recalls = self.eval_metrics.recalls()
        return self._evaluated("test")

    def predict_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Logits float32 [B, C] of a batch, on the host, as they are tested."""
        logits: Tensor = self(batch[0])
        return logits.float().cpu()

    def _evaluated(self, stage: str) -> dict[str, float]:
        found = {f"{stage}/{name}": value for name, value in self.eval_metrics.compute().items()}
        self.last_confusion = self.eval_metrics.confusion_matrix()
        self.eval_metrics.reset()
        return found

    @property
    def _epochs_done(self) -> float:
        """Epochs of training behind the weights at hand: the x axis of every curve."""
        return float(self.current_epoch + (self.trainer.state.fn == "fit"))

    def setup(self, stage: str) -> None:
        """Before it is wrapped for several processes: what is left to the optimiser there."""
        exchanged = stage == "fit" and self._exchanges_factors()
        leave_to_optimizer(self, wide_layers(self.trained) if exchanged else ())

    def _exchanges_factors(self) -> bool:
        """Whether the optimiser gathers the factors of several processes."""
        several = self.trainer.world_size > 1
        return several and self.optimizer.keeps_factors and self._stored_because() is None

    def _stored_because(self) -> str | None:
        """Why wide layers have to store their gradients; None: they don't."""
        trainer: Any = self.trainer
        if trainer.scaler is not None:
            return "trainer.precision=16-mixed scales them (bf16-mixed doesn't)"
        if (processes := trainer.world_size) > 1:
            rows = processes * getattr(trainer.datamodule, "batch_size", 1)
            if not are_smaller(wide_layers(self.trained), rows):
                return f"the factors of {processes} processes are larger"
        return None

    def configure_optimizers(self) -> Any:
        """The factory's optimiser, and its schedule where the rate changes."""
        trainer = self.trainer
        optimizer = self.optimizer.optimizer(
            self.trained, self._stored_because(), exchanged=self._exchanges_factors()
        )
        if not self.optimizer.has_schedule:
            return optimizer
        epochs = max(1, trainer.max_epochs or 1)
        steps = max(1, int(trainer.estimated_stepping_batches) // epochs)
        scheduler = self.optimizer.scheduler(optimizer, steps, epochs)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """As Lightning does, but for gradients that only their optimiser can reach."""
        if not clip_factored(optimizer, gradient_clip_val):
            super().configure_gradient_clipping(
                optimizer, gradient_clip_val, gradient_clip_algorithm
            )
