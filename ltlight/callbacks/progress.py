"""What a person sees while a run trains: a bar on a terminal, a line now and then elsewhere."""

import logging
import sys
import time

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import RichProgressBar

log = logging.getLogger(__name__)
SHOWN = ("train/loss", "val/f1_macro", "test/f1_macro")
LINES = 5  # a run, where there is no terminal


def progress() -> Callback:
    """The progress display that fits the standard output."""
    if sys.stdout.isatty():
        return EpochBar(refresh_rate=20)  # drawing every step would slow small networks
    return EpochLines()


class EpochBar(RichProgressBar):
    """A bar an epoch, with the latest metrics beside it."""

    def get_metrics(
        self, trainer: Trainer, pl_module: LightningModule
    ) -> dict[str, int | str | float | dict[str, float]]:
        """The metrics in `SHOWN` that there are."""
        known = trainer.callback_metrics
        return {name: f"{known[name]:.3f}" for name in SHOWN if name in known}


class EpochLines(Callback):
    """Logs a line a few times a run, so that a log file shows that and how fast it moves."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock; a resumed run starts where it was left."""
        self.started, self.first_epoch = time.monotonic(), trainer.current_epoch

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Log how far the training is, `LINES` times or so."""
        done, total = trainer.current_epoch, trainer.max_epochs or 0
        quiet = done == self.first_epoch or done % max(1, total // LINES) > 0
        if quiet or not trainer.is_global_zero:
            return
        elapsed = time.monotonic() - self.started
        left = elapsed / (done - self.first_epoch) * (total - done)
        loss = trainer.callback_metrics.get("train/loss", float("nan"))
        log.info(
            "  epoch %d/%d, training loss %.4f, %.0f s, %.0f s to go",
            done,
            total,
            loss,
            elapsed,
            left,
        )
