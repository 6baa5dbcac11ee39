"""What a person sees while a run trains: a bar on a terminal, a line now and then elsewhere."""

import logging
import sys
import time

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import RichProgressBar
from rich import get_console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

log = logging.getLogger(__name__)
# Metric to its name beside the bar, the first ones first where there is not room for all.
SHOWN = {"train/loss": "loss", "val/f1_macro": "val F1", "test/f1_macro": "test F1"}
WIDE = 100  # columns of a terminal from which on the time that has passed is shown, too
BAR = 46  # columns that a bar without metrics takes: description, ten of the bar, steps and time
LINES = 5  # a run, where there is no terminal


def progress() -> Callback:
    """The progress display that fits the standard output."""
    if sys.stdout.isatty():
        return EpochBar(refresh_rate=20)  # drawing every step would slow small networks
    return EpochLines()


class EpochBar(RichProgressBar):
    """A bar an epoch, with the latest metrics beside it, in one line of any terminal."""

    def configure_columns(self, trainer: Trainer) -> list[ProgressColumn]:
        """What stands before the metrics: the bar has the room that the others leave."""

        def unbroken() -> Column:
            return Column(no_wrap=True)

        wide = get_console().width >= WIDE
        elapsed: list[ProgressColumn] = [TimeElapsedColumn(table_column=unbroken())] if wide else []
        return [
            TextColumn("{task.description}", table_column=unbroken()),
            BarColumn(
                bar_width=20 if wide else 10,
                complete_style=self.theme.progress_bar,
                finished_style=self.theme.progress_bar_finished,
                pulse_style=self.theme.progress_bar_pulse,
                table_column=unbroken(),
            ),
            MofNCompleteColumn(table_column=unbroken()),
            *elapsed,
            TimeRemainingColumn(table_column=unbroken()),
        ]

    def get_metrics(
        self, trainer: Trainer, pl_module: LightningModule
    ) -> dict[str, int | str | float | dict[str, float]]:
        """The metrics in `SHOWN` that there are and that the line has room for."""
        width, known = get_console().width, trainer.callback_metrics
        room = width - BAR - (18 if width >= WIDE else 0)
        found: dict[str, int | str | float | dict[str, float]] = {}
        for metric, name in SHOWN.items():
            if metric in known:
                value = f"{known[metric]:.3f}"
                room -= len(f" {name}: {value}")
                if room < 0:
                    break
                found[name] = value
        return found


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
