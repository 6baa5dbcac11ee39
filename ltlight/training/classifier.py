"""The LightningModule: a network, its loss, its optimiser, and the figures of an epoch."""

from functools import partial

import lightning as L
import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from ltlight.data.augment.mixing import MixedLabels
from ltlight.errors import UserError
from ltlight.losses.long_tail_loss import LongTailLoss, class_prior, posthoc_adjusted
from ltlight.metrics.epoch import LongTailMetrics, num_right
from ltlight.optim import lr_schedules
from ltlight.optim.factored_sgd import FactoredSGD, build_sgd
from ltlight.optim.sam import SAM
from ltlight.seeds import DROPOUT, mixed_seed
from ltlight.training.tta import views


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
        loss: LongTailLoss | None = None,
        *,
        lr: float = 1e-4,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        one_pass: bool = False,
        schedule: str = "constant",
        warmup_epochs: int = 0,
        sam: float = 0.0,
        posthoc_tau: float = 0.0,
        tta: str = "none",
        mirror: bool = True,
        seed: int = 0,
        validation_is_test: bool = True,
    ) -> None:
        """
        Args:
            net: images float [B, 3, S, S] in [-1, 1] to logits [B, C].
            class_counts: training images of every class.
            loss: of a batch; None is plain cross-entropy.
            lr, momentum, weight_decay, nesterov: of `torch.optim.SGD`; the report's by default.
            one_pass: see `optim.FactoredSGD`.
            schedule, warmup_epochs: what multiplies ``lr`` at every step, see
                `lr_schedules.factor`.
            sam: radius of `SAM`, 0 for none.
            posthoc_tau: strength of the post-hoc logit adjustment at evaluation, 0 for none; the
                figures and `test_logits` are of the adjusted logits.
            tta: the views that are averaged at test and on a held-out split, see `views.views`; a
                validation that only watches the test set goes without.
            mirror: whether mirrored views may be among them.
            seed: of the dropout.
            validation_is_test: whether validation watches the test set rather than a split held
                out of the training images; its figures are tagged ``test/`` or ``val/``.
        """
        super().__init__()
        self.save_hyperparameters(ignore=["net", "loss"])
        self.net = net
        self.loss = LongTailLoss("cross_entropy", class_counts) if loss is None else loss
        self.register_buffer("prior", class_prior(class_counts), persistent=False)
        self.eval_metrics = LongTailMetrics(class_counts)
        self.test_logits: Tensor | None = None
        self.test_recalls: list[float] = []
        self.last_confusion: np.ndarray | None = None
        self._batches: list[Tensor] = []

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B, C] as they are tested: averaged over views, adjusted post hoc, if so set."""
        h = self.hparams
        logits = [self.net(view) for view in views(images, h.tta, h.mirror)]
        return self._adjusted(torch.stack(logits).mean(0) if len(logits) > 1 else logits[0])

    def _adjusted(self, logits: Tensor) -> Tensor:
        tau = self.hparams.posthoc_tau
        return posthoc_adjusted(logits, self.prior, tau) if tau > 0 else logits

    @property
    def trained(self) -> nn.Module:
        """What the optimiser moves."""
        return self.net

    def on_train_epoch_start(self) -> None:
        # Dropout draws from torch's global generator, which a checkpoint does not hold.
        seed = mixed_seed(DROPOUT, self.hparams.seed, self.current_epoch, self.global_rank)
        torch.manual_seed(seed)
        self.loss.set_epoch(self.current_epoch)
        # Summed on the device and read once an epoch, so the host never waits for a step.
        self._loss_sum = torch.zeros((), device=self.device)
        self._num_right = torch.zeros((), device=self.device)
        self._num_seen = 0
        self._first_bad_step = torch.full((), -1, device=self.device)

    def training_step(self, batch: tuple[Tensor, Tensor | MixedLabels], batch_idx: int) -> Tensor:
        images, labels = batch
        logits = self.net(images)
        loss = self.loss(logits, labels)
        # SAM's second pass sees the batch again, with weights that are not kept.
        if not getattr(self.trainer.optimizers[0], "perturbed", False):
            self._count(loss, logits, labels, batch_idx)
        return loss

    @torch.no_grad()
    def _count(
        self, loss: Tensor, logits: Tensor, labels: Tensor | MixedLabels, batch_idx: int
    ) -> None:
        bad = ~torch.isfinite(loss) & (self._first_bad_step < 0)
        self._first_bad_step = torch.where(bad, batch_idx, self._first_bad_step)
        self._loss_sum += loss * len(logits)
        self._num_right += num_right(logits, labels)
        self._num_seen += len(logits)

    def on_train_epoch_end(self) -> None:
        step = int(self._first_bad_step)
        if step >= 0:
            raise UserError(
                f"the loss is not finite at epoch {self.current_epoch}, step {step}: lower "
                f"optim.lr={self.hparams.lr} (or method.lr, where it is set); what was written "
                "before this epoch is kept"
            )
        figures = {
            "train/loss": self._loss_sum / self._num_seen,
            "train/accuracy": self._num_right / self._num_seen,
        }
        self.log_dict({**figures, "step": self._epochs_done}, sync_dist=True)

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        images, labels = batch
        watched = self.hparams.validation_is_test  # not chosen by, so not worth ten passes
        logits = self._adjusted(self.net(images)) if watched else self(images)
        self.eval_metrics.update(logits, labels)

    def on_validation_epoch_end(self) -> None:
        stage = "test" if self.hparams.validation_is_test else "val"
        self._log_figures(stage)

    def on_test_epoch_start(self) -> None:
        self._batches = []

    def test_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        images, labels = batch
        logits = self(images)
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
        return float(self.current_epoch + (self.trainer.state.fn == "fit"))

    def configure_optimizers(self) -> Optimizer | dict:
        h = self.hparams
        optimizer = self._base_optimizer()
        if h.sam > 0:
            optimizer = SAM(optimizer, h.sam, self.net)
        if h.schedule == "constant":
            return optimizer
        epochs = max(1, self.trainer.max_epochs)
        factor = partial(
            *(lr_schedules.factor, h.schedule),
            steps_per_epoch=max(1, self.trainer.estimated_stepping_batches // epochs),
            epochs=epochs,
            warmup_epochs=h.warmup_epochs,
        )
        scheduler = {"scheduler": LambdaLR(optimizer, factor), "interval": "step"}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}

    def _base_optimizer(self) -> Optimizer:
        h = self.hparams
        options = {k: h[k] for k in ("lr", "momentum", "weight_decay", "nesterov")}
        return build_sgd(self.trained, self._plain_because(), h.one_pass, **options)

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

    def _plain_because(self) -> str | None:
        """Why gradients have to be stored; None where they don't."""
        if self.trainer.world_size > 1:
            return f"{self.trainer.world_size} processes exchange them"
        if self.trainer.scaler is not None:
            return "trainer.precision=16-mixed scales them (bf16-mixed doesn't)"
        if self.hparams.sam > 0:
            return "method.sam climbs along them"
        return None
