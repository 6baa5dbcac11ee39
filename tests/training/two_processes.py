"""Trainings for `test_two_processes`, of one process or of several that torchrun starts.

python -m tests.training.two_processes FILE; writes what rank 0 ends with.
"""

import copy
import os
import sys

import torch
from lightning import Trainer
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn

from ltlight.data.sources import digits
from ltlight.models.wide_linear import WideLinear
from ltlight.optim.factored_sgd import FactoredSGD
from tests.parts import classifier, configured, digits_module

BATCH = 32  # of all processes
# Of 285 images: the last batch has 29, which two processes don't share evenly.
CASES = {
    "weighted order": ("method.sampler=inverse_frequency", "method.augment=fig7"),
    "class weights": ("method.class_weights=inverse_frequency", "method.mix=mixup"),
    "two parts": ("method.mix=regmixup", "method.class_weights=effective_number"),
    "stored": ("method.sam=0.05", "method.augment=crop_flip"),
    "clipped": ("trainer.gradient_clip_val=0.5", "trainer.accumulate_grad_batches=2"),
}


class Net(nn.Module):
    """A wide layer and neither batch norm nor dropout, which a process has of its own."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.feature = nn.Sequential(
            nn.AvgPool2d(2), nn.Flatten(), WideLinear(768, 1400), nn.ReLU()
        )
        self.head = nn.Linear(1400, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.feature(images))


class Seen(Callback):
    """What was logged, and whether the optimiser had factors."""

    def on_train_epoch_end(self, trainer: Trainer, pl_module: nn.Module) -> None:
        self.logged = {k: float(v) for k, v in trainer.callback_metrics.items() if "train" in k}
        self.factored = isinstance(trainer.optimizers[0], FactoredSGD)


def trained(*overrides: str, world_size: int = 1) -> dict[str, object]:
    """An epoch in float64: weights, metrics, and how they came about."""
    found = digits.read(32)
    settings = ("data.ratio=0.005", "optim.lr=0.05", f"data.batch_size={BATCH // world_size}")
    data = digits_module((found.train, found.test), *settings, *overrides)
    model = classifier(Net(), data.class_counts.tolist(), *settings, *overrides)
    t, seen = configured(*settings, *overrides).trainer, Seen()
    trainer = Trainer(
        accelerator="cpu",
        devices=world_size,
        strategy="ddp" if world_size > 1 else "auto",
        precision="64-true",
        max_epochs=1,
        callbacks=[seen],
        gradient_clip_val=t.gradient_clip_val,
        accumulate_grad_batches=t.accumulate_grad_batches,
        limit_val_batches=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
    )
    trainer.fit(model, datamodule=data)
    weights = copy.deepcopy(model.net.state_dict())
    return {"weights": weights, "logged": seen.logged, "factored": seen.factored}


def main() -> None:
    """All cases, one after the other."""
    world_size = int(os.environ["WORLD_SIZE"])
    done = {name: trained(*case, world_size=world_size) for name, case in CASES.items()}
    if os.environ["RANK"] == "0":
        torch.save(done, sys.argv[1])


if __name__ == "__main__":
    main()
