"""What a training will take of a machine: bytes, and hours by a few timed steps."""

import os
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import lightning as L
from torch import Tensor

from ltlight.config.schema import Config
from ltlight.cores import allowed_cores
from ltlight.cpu import tune_for_cpu
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.loader import TensorLoader
from ltlight.training.build_model import build_model
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.net_memory import copies_kept

MOST_SECONDS = 20.0  # of timing: on a busy machine a step may take a hundred times as long
WARM_UP = 2  # steps that are not counted: the first ones allocate


@dataclass(frozen=True)
class Cost:
    """Of one training.

    Attributes:
        image_bytes: of all images, uint8.
        parameters: of the network.
        trained: of them, those that move.
        copies: what is kept of the size of all weights that move, float32, themselves first; see
            `net_memory.copies_kept`.
        steps: of all epochs.
        step_seconds: median of the timed steps; None where none was timed.
        device: they were timed on.
        load: processes that wanted a core meanwhile, over the cores there are; above 1 the steps
            had to wait.
    """

    image_bytes: int
    parameters: int
    trained: int
    copies: tuple[str, ...]
    steps: int
    step_seconds: float | None
    device: str
    load: float

    @property
    def model_bytes(self) -> int:
        """Of the weights and of what is kept of their size, float32."""
        return 4 * (self.parameters + (len(self.copies) - 1) * self.trained)

    @property
    def hours(self) -> float | None:
        """Of the steps alone; evaluation comes on top."""
        return None if self.step_seconds is None else self.steps * self.step_seconds / 3600


def cost(config: Config, data: LongTailDataModule, timed_steps: int) -> Cost:
    """Build the network and time some steps of the very training; nothing is written.

    Args:
        config: whole.
        data: its data module.
        timed_steps: 0 times none.
    """
    trainer = L.Trainer(
        accelerator=config.trainer.accelerator,
        devices=1,
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    data.trainer = trainer
    model, loader = build_model(config, data), data.train_dataloader()
    images = sum(s.nbytes for s in (data.train_set, data.val_set, data.test_set) if s is not None)
    device = trainer.strategy.root_device
    seconds = None
    if timed_steps > 0:
        model.net.to(device).train()
        if device.type == "cpu":
            tune_for_cpu(model.net)
        seconds = _step_seconds(model, loader, timed_steps)
    steps = config.trainer.max_epochs * len(loader)
    weights = [*model.net.parameters()]
    parameters = sum(p.numel() for p in weights)
    trained = sum(p.numel() for p in weights if p.requires_grad)
    copies = tuple(copies_kept(config))
    load = os.getloadavg()[0] / allowed_cores()
    return Cost(images, parameters, trained, copies, steps, seconds, str(device), load)


def _step_seconds(model: LongTailClassifier, loader: TensorLoader, count: int) -> float:
    optimizer = model.optimizer.optimizer(model.net, None)
    seconds: list[float] = []
    while True:
        before = time.perf_counter()
        for images, labels in loader:

            def loss_of_batch(images: Tensor = images, labels: Any = labels) -> float:
                optimizer.zero_grad()
                loss = model.loss(model.net(images), labels)
                loss.backward()
                return float(loss.detach())  # waits for the device

            optimizer.step(loss_of_batch)
            now = time.perf_counter()
            seconds.append(now - before)
            before = now
            enough = len(seconds) == WARM_UP + count or sum(seconds) > MOST_SECONDS
            if enough and len(seconds) > WARM_UP:
                return median(seconds[WARM_UP:])
