"""Configurations and the parts built from them, for tests: the same functions that a run uses."""

import copy
import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lightning import Callback, Trainer
from lightning.pytorch.callbacks import Checkpoint
from torch import nn

from ltlight.config import choices
from ltlight.config.compose import composed
from ltlight.config.schema import Config, DataConfig
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.image_set import ImageSet, SourceImages
from ltlight.data.sources import digits
from ltlight.data.training_set import long_tailed
from ltlight.losses.class_stats import class_prior
from ltlight.runs.run_folder import RunFolder
from ltlight.training import build
from ltlight.training.build_data import data_module
from ltlight.training.build_model import build_loss, build_optimizer
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.predictor import Predictor
from ltlight.training.run import run_experiment


@cache
def _composed(*overrides: str) -> Config:
    return composed(["data=digits", "trainer=cpu", *overrides])


def configured(*overrides: str) -> Config:
    """The configuration of a run on the digits."""
    return copy.deepcopy(_composed(*overrides))


def small(*overrides: str) -> Config:
    """The same of six steps at a width of 0.03, with an epoch of a second stage."""
    tiny = ("data.ratio=0.1", "trainer=debug", "model.width=0.03", "method.second_stage_epochs=1")
    return configured(*tiny, *overrides)


READ_ONCE = cache(digits.read)


@contextmanager
def quick_runs() -> Iterator[None]:
    """The digits are read once, and TensorBoard gets no pictures: half of a small run's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digits, "read", READ_ONCE)
        patch.setattr(build, "TensorBoardImages", Callback)
        yield


def quick_run(path: Path, *overrides: str) -> RunFolder:
    """A `small` run, trained, tested and recorded in a folder."""
    folder = RunFolder(path)
    with quick_runs():
        run_experiment(small(*overrides), folder)
    return folder


def tree_config(cache: Path, root: Path, **changes: Any) -> DataConfig:
    """What `conf/data/folder.yaml` says of a tree of images, without composing it anew."""
    config = configured("data=folder", "data.root=somewhere", "data.test_fraction=0.25").data
    return dataclasses.replace(config, cache=str(cache), root=str(root), **changes)


def train_and_test(found: SourceImages) -> tuple[ImageSet, ImageSet]:
    """The two parts of a source that has both."""
    assert found.test is not None
    return found.train, found.test


def digits_module(sets: tuple[ImageSet, ImageSet], *overrides: str) -> LongTailDataModule:
    """The data module of a configuration, of given image sets, attached to a trainer."""
    config = configured(*overrides)
    train, val = long_tailed(
        sets[0],
        ratio=config.data.ratio,
        profile=choices.load(choices.PROFILES, config.data.profile),
        seed=config.data.seed,
        val_fraction=config.data.val_fraction,
        val_from=config.data.val_from,
    )
    data = data_module(config, train, val, sets[1])
    data.trainer = Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    return data


def classifier(
    net: nn.Module, class_counts: list[int], *overrides: str, validation_is_test: bool = True
) -> LongTailClassifier:
    """The classifier of a configuration around a network of the test's own."""
    config = configured(*overrides)
    return LongTailClassifier(
        net,
        build_loss(config, class_counts),
        build_optimizer(config),
        Predictor(
            choices.load(choices.VIEWS, config.method.tta),
            config.data.mirror,
            config.method.posthoc_tau,
            class_prior(class_counts),
        ),
        class_counts=class_counts,
        seed=config.seed,
        validation_is_test=validation_is_test,
    )


def quiet_trainer(epochs: int, callbacks: Sequence[Callback] = (), **more: Any) -> Trainer:
    """A trainer without a display or a file, but those of ``callbacks``."""
    return Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        callbacks=list(callbacks),
        enable_checkpointing=any(isinstance(c, Checkpoint) for c in callbacks),
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        **more,
    )


def fit(
    model: LongTailClassifier,
    data: LongTailDataModule,
    epochs: int,
    *,
    resume: Path | None = None,
    **more: Any,
) -> Trainer:
    """Train, see `quiet_trainer`."""
    trainer = quiet_trainer(epochs, **more)
    trainer.fit(model, datamodule=data, ckpt_path=resume)
    return trainer
