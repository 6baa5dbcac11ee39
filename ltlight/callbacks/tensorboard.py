"""What TensorBoard shows of a run beside its curves: data, augmentation, confusion.

Figures are drawn by Matplotlib without its global state, so nothing is left open.
"""

from typing import Any

import numpy as np
import torch
from lightning.pytorch import Callback, LightningModule
from lightning.pytorch.loggers import TensorBoardLogger
from matplotlib.figure import Figure
from torch.utils.tensorboard import SummaryWriter

from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.previews import augmentation_preview
from ltlight.fonts import find_fonts
from ltlight.metrics.scores import recalls

# The charts of the custom-scalars tab; every run of the same folder is a line in each of them.
LAYOUT = {
    "Before and after": {
        "accuracy": ["Multiline", ["test/accuracy", "val/accuracy"]],
        "macro-F1": ["Multiline", ["test/f1_macro", "val/f1_macro"]],
    },
    "Head to tail": {
        "many-shot recall": ["Multiline", ["test/recall_many"]],
        "medium-shot recall": ["Multiline", ["test/recall_medium"]],
        "few-shot recall": ["Multiline", ["test/recall_few"]],
    },
    "Training": {
        "loss": ["Multiline", ["train/loss"]],
        "learning rate": ["Multiline", ["train/lr"]],
    },
}
TICKS = [m * 10**e for e in range(7) for m in (1, 2, 5)]  # of training images, on a log scale
NAMED = 200  # classes; the names of more can't be read, and take a second for every hundred
PICTURES_A_RUN = 5  # confusion matrices over the run: enough to see it move, few enough to load


class TensorBoardImages(Callback):
    """Adds pictures to the run's TensorBoard: at the start, a few times on the way, at the end."""

    def on_fit_start(self, trainer: Any, pl_module: LightningModule) -> None:
        """Class distribution, augmentation preview and the layout of the overlaid curves."""
        writer = _writer(trainer)
        if writer is None:
            return
        data: LongTailDataModule = trainer.datamodule
        writer.add_custom_scalars(LAYOUT)
        writer.add_figure("data/class_distribution", class_distribution(data.class_counts))
        pictures = augmentation_preview(data)
        plain, drawn = pictures["train_images"][None], pictures["augmented"]
        # Without an augmentation a draw is the picture itself: one row shows it all.
        rows = plain if (drawn == plain).all() else np.concatenate([plain, drawn])
        writer.add_images("data/augmentation", torch.from_numpy(_grid(rows)[None]))

    def on_validation_end(self, trainer: Any, pl_module: LightningModule) -> None:
        """Confusion matrix and recalls, at about `PICTURES_A_RUN` epochs of a run."""
        validations = max(1, trainer.max_epochs // trainer.check_val_every_n_epoch)
        number = (trainer.current_epoch + 1) // trainer.check_val_every_n_epoch
        if number % max(1, validations // PICTURES_A_RUN) == 0:
            self._add_confusion(trainer, pl_module, trainer.current_epoch + 1)

    def on_test_end(self, trainer: Any, pl_module: LightningModule) -> None:
        """The final confusion matrix and recalls."""
        self._add_confusion(trainer, pl_module, trainer.current_epoch)

    def _add_confusion(self, trainer: Any, model: Any, epoch: int) -> None:
        writer, confusion = _writer(trainer), model.last_confusion
        if writer is None or confusion is None:
            return
        names = trainer.datamodule.train_set.class_names
        counts = trainer.datamodule.class_counts
        stage = "val" if trainer.validating and not model.validation_is_test else "test"
        writer.add_figure(f"{stage}/confusion", confusion_matrix(confusion, names), epoch)
        writer.add_figure(f"{stage}/recall_by_count", recall_by_count(confusion, counts), epoch)


def class_distribution(counts: np.ndarray) -> Figure:
    """Training images of every class, head first (the report's Figs 1-3)."""
    figure = Figure(figsize=(6, 3), layout="constrained")
    axes = figure.subplots()
    if len(counts) > NAMED:  # one shape: thousands of bars take seconds
        axes.stairs(counts, np.arange(len(counts) + 1) - 0.5, fill=True)
    else:
        axes.bar(np.arange(len(counts)), counts, width=0.9)
    axes.set(xlabel="class", ylabel="training images", title=f"{counts.sum():,} training images")
    return figure


def confusion_matrix(confusion: np.ndarray, names: tuple[str, ...]) -> Figure:
    """Share of every true class (row) predicted as every class (column), [C, C] counts."""
    side = min(12, 3 + 0.18 * len(names))
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    shares = confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    image = axes.imshow(shares, vmin=0, vmax=1, cmap="viridis")
    if len(names) <= NAMED:
        ticks = np.arange(len(names))
        # A dollar in a class name begins no formula.
        looks: dict[str, Any] = {"fontsize": 6 if len(names) > 20 else 8, "parse_math": False}
        looks["fontfamily"] = find_fonts(names)
        axes.set_xticks(ticks, names, rotation=90, **looks)
        axes.set_yticks(ticks, names, **looks)
    axes.set(xlabel="predicted", ylabel="true")
    figure.colorbar(image, shrink=0.7, label="share of the true class")
    return figure


def recall_by_count(confusion: np.ndarray, counts: np.ndarray) -> Figure:
    """Recall of every class against its training images, from [C, C] counts."""
    figure = Figure(figsize=(5, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.scatter(counts, recalls(confusion))  # of a class without test images there is no dot
    axes.set(xlabel="training images", ylabel="recall", xscale="log", ylim=(-0.03, 1.03))
    ticks = [n for n in TICKS if counts.min() <= n <= counts.max()]
    axes.set_xticks(ticks, [str(n) for n in ticks])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    return figure


def _writer(trainer: Any) -> SummaryWriter | None:
    for logger in trainer.loggers if trainer.is_global_zero else ():
        if isinstance(logger, TensorBoardLogger):
            return logger.experiment
    return None


def _grid(rows: np.ndarray) -> np.ndarray:
    """[R, K, 3, S, S] pictures as one, [3, R*S, K*S]."""
    r, k, channels, side, _ = rows.shape
    return rows.transpose(2, 0, 3, 1, 4).reshape(channels, r * side, k * side)
