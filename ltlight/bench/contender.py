"""One contender in a process of its own; started by `turns.Contender`, not by hand."""

import json
import os
import resource
import sys
import tempfile
import time
import warnings
from itertools import count
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch

from ltlight.bench import plain
from ltlight.bench.turns import Turns, synchronise, timed
from ltlight.config.compose import composed
from ltlight.config.fields import EPOCHS
from ltlight.config.schema import Config
from ltlight.cpu import tune_for_cpu
from ltlight.data.augment.presets import Augmentation
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.image_set import ImageSet
from ltlight.data.sources import digits
from ltlight.models.cnn_cifar import CNNCifar
from ltlight.runs.run_folder import RunFolder
from ltlight.training.build import build_trainer
from ltlight.training.build_data import data_module
from ltlight.training.build_model import build_model
from ltlight.training.run import silence_lightning

BATCH = 32
PHASES = ("loading", "augmentation", "forward", "backward", "update")


def image_set(copies: int) -> ImageSet:
    """The 1,200 embedded digits, repeated."""
    train = digits.read(32).train
    store, labels = np.tile(train.images, (copies, 1, 1, 1)), np.tile(train.labels, copies)
    return ImageSet(store, labels, train.class_names)


def configuration(spec: dict[str, Any]) -> Config:
    """What `python -m ltlight.train` would compose; nothing but the rounds interrupts the steps."""
    never = EPOCHS
    return composed(
        [
            "data=digits",
            "data.ratio=1",
            "data.mirror=true",
            f"method={spec['method']}",
            f"model.width={spec['width']}",
            f"trainer.max_epochs={never}",
            *spec.get("overrides", []),
            f"trainer.check_val_every_n_epoch={never}",
            f"trainer.checkpoint_every_n_epochs={never}",
        ]
    )


def run_ours(spec: dict[str, Any], turns: Turns, folder: Path) -> dict[str, Any]:
    """`ltlight.train`'s own parts, around the repeated images."""
    config = configuration(spec)
    trainer: Any = build_trainer(config, RunFolder(folder))
    data = data_module(config, image_set(spec["copies"]), None, image_set(1))
    model = build_model(config, data)
    if trainer.strategy.root_device.type == "cpu":
        tune_for_cpu(model.net)
    if spec["pipeline"] == "bare":
        return run_bare(data, model, trainer, turns)
    trainer.callbacks.append(turns)
    trainer.fit(model, datamodule=data)
    return after_fit(trainer, model, data.val_dataloader(), folder)


class Phases:
    """Seconds spent in each part of a step; off until `steps` of it shall be measured."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(PHASES, 0.0)
        self.on = False

    def begin(self) -> None:
        """Start the clock."""
        self.clock = time.perf_counter()

    def lap(self, phase: str) -> None:
        """What was done since the last call was ``phase``."""
        if self.on:
            synchronise()
            now = time.perf_counter()
            self.spent[phase] += now - self.clock
            self.clock = now

    def timing(self, augment: Augmentation) -> Augmentation:
        """The same augmentation; what the loader did before it was loading."""

        def timed_augment(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
            self.lap("loading")
            images = augment(images, generator)
            self.lap("augmentation")
            return images

        return timed_augment


def run_bare(
    data: LongTailDataModule, model: Any, trainer: L.Trainer, turns: Turns
) -> dict[str, Any]:
    """A loop with the same loader, kernels and optimiser, and no Lightning; then step by phase."""
    data.trainer = model.trainer = trainer
    net, loader = model.net.to(trainer.strategy.root_device).train(), data.train_dataloader()
    optimizer, phases, measured = model.configure_optimizers(), Phases(), 0
    loader.augmentation = phases.timing(loader.augmentation)
    for epoch in count():
        loader.sampler.set_epoch(epoch)
        phases.begin()
        for images, labels in loader:
            optimizer.zero_grad()
            loss = model.loss(net(images), labels)
            phases.lap("forward")
            loss.backward()
            phases.lap("backward")
            optimizer.step()
            phases.lap("update")
            if phases.on:
                measured += 1
                if measured == turns.steps:
                    return {"phases": {k: v / measured for k, v in phases.spent.items()}}
            elif not turns.tick():
                phases.on, loader.prefetching = True, False  # one thing after the other
                break
    raise AssertionError("the epochs go on for ever")


def run_plain(spec: dict[str, Any], turns: Turns, folder: Path) -> dict[str, Any]:
    """The plain pipeline inside Lightning."""
    images, improved = image_set(spec["copies"]), spec["method"] == "improved"
    model = plain.PlainClassifier(CNNCifar(10, width=spec["width"]), spec["fused"])
    trainer = L.Trainer(
        max_epochs=-1,
        limit_val_batches=0,
        callbacks=[turns],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, plain.train_loader(images, improved, BATCH, spec["workers"]))
    return after_fit(
        trainer, model, plain.test_loader(image_set(1), BATCH, spec["workers"]), folder
    )


def after_fit(trainer: L.Trainer, model: L.LightningModule, tests: Any, folder: Path) -> dict:
    """What is measured once: evaluation, and how long training would wait for a checkpoint."""
    path = folder / "a.ckpt"
    memory = peak_memory()
    waits = timed(lambda: trainer.save_checkpoint(path))
    trainer.strategy.checkpoint_io.teardown()
    trainer.limit_val_batches = 1.0
    return {
        "peak_bytes": memory,
        "checkpoint_seconds": waits,
        "evaluation_seconds": timed(
            lambda: trainer.validate(model, dataloaders=tests, verbose=False)
        ),
    }


def peak_memory() -> int:
    """Bytes on the GPU, or resident in this process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    status = Path("/proc/self/status")  # Linux's ru_maxrss includes the parent's
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Answers go to what was the standard output; anything printed goes to the standard error."""
    spec = json.loads(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    silence_lightning()
    warnings.filterwarnings("ignore", ".*`val_dataloader`.*")  # evaluated by hand, after the rounds
    L.seed_everything(0, verbose=False)
    turns = Turns(spec["warm_up"], spec["steps"], answers, spec["started"])
    run = run_plain if spec["pipeline"] == "plain" else run_ours
    with tempfile.TemporaryDirectory() as folder:
        measured = run(spec, turns, Path(folder))
    turns.say({**measured, "first_step_seconds": turns.first_step_after})


if __name__ == "__main__":
    main()
