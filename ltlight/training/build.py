"""The trainers of an experiment and its second stage, from a configuration.

`build_data` and `build_model` beside it build the rest. These three are the only places where the
names of a configuration become objects; the benchmark builds with the same functions.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import lightning as L
from lightning.pytorch.accelerators import CUDAAccelerator, MPSAccelerator
from lightning.pytorch.callbacks import ModelCheckpoint, ProgressBar
from lightning.pytorch.plugins.io import AsyncCheckpointIO

from ltlight.callbacks.checkpointing import LastCheckpoint
from ltlight.callbacks.ema import EMA
from ltlight.callbacks.max_norm import MaxNorm
from ltlight.callbacks.progress import progress
from ltlight.callbacks.tensorboard import TensorBoardImages
from ltlight.callbacks.timer import Stopwatch
from ltlight.config import choices
from ltlight.config.schema import Config, MethodConfig, TrainerConfig
from ltlight.data.datamodule import LongTailDataModule
from ltlight.errors import UserError
from ltlight.optim import lr_schedules
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.validation import SELECT_BY
from ltlight.training.build_data import build_sampler
from ltlight.training.build_model import build_optimizer, loss_kinds, loss_of_name, loss_options
from ltlight.training.checkpoint_io import VerifiedCheckpointIO
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.loggers import build_loggers
from ltlight.training.second_stage import HeadTraining


def build_trainer(config: Config, folder: RunFolder, *, held_out: bool = False) -> L.Trainer:
    """The Lightning trainer of a configuration, logging and saving into the run folder.

    Args:
        config: of the run.
        folder: of the run.
        held_out: whether there are images by which the best epoch is chosen.

    Raises:
        UserError: for a GPU that is not there, or a tracker that can't be had.
    """
    t = config.trainer
    refuse_absent_gpu(t)
    callbacks = [
        progress(),
        Stopwatch(),
        *method_callbacks(config.method),
        TensorBoardImages(),
        *checkpoint_callbacks(config, folder, held_out=held_out),
    ]
    return L.Trainer(
        **trainer_options(t),
        max_epochs=t.max_epochs,
        check_val_every_n_epoch=t.check_val_every_n_epoch,
        num_sanity_val_steps=0,
        log_every_n_steps=0,  # metrics are logged by epoch
        callbacks=callbacks,
        # Training goes on while a copy of the weights is written.
        plugins=[AsyncCheckpointIO(VerifiedCheckpointIO())],
        logger=build_loggers(config, folder),
        enable_progress_bar=any(isinstance(c, ProgressBar) for c in callbacks),
    )


def refuse_absent_gpu(t: TrainerConfig) -> None:
    """Refuse to train on a GPU where there is none, before any image is read for it.

    Raises:
        UserError: saying what to take instead.
    """
    if t.accelerator == "gpu" and not (
        CUDAAccelerator.is_available() or MPSAccelerator.is_available()
    ):
        raise UserError("trainer.accelerator=gpu, but there is no GPU here: take trainer=cpu")
    if t.sync_batchnorm and not CUDAAccelerator.is_available():
        raise UserError(
            "trainer.sync_batchnorm=true is of CUDA GPUs, and there is none here: set it to false"
        )


def trainer_options(t: TrainerConfig) -> dict[str, Any]:
    """Arguments of `lightning.Trainer` that both stages' trainers are told."""
    return {
        "accelerator": t.accelerator,
        "devices": t.devices,
        "num_nodes": t.num_nodes,
        "precision": t.precision,
        "accumulate_grad_batches": t.accumulate_grad_batches,
        "gradient_clip_val": t.gradient_clip_val,
        "limit_train_batches": t.limit_batches,
        "deterministic": t.deterministic,
        "enable_model_summary": False,
        "use_distributed_sampler": False,  # the loader knows its rank
        "sync_batchnorm": t.sync_batchnorm,
    }


def method_callbacks(method: MethodConfig) -> list[L.Callback]:
    """The parts of a method that act around the steps."""
    callbacks: list[L.Callback] = []
    if method.max_norm is not None:
        callbacks.append(MaxNorm(method.max_norm))
    if method.ema > 0:
        callbacks.append(EMA(method.ema))
    return callbacks


def checkpoint_callbacks(config: Config, folder: RunFolder, *, held_out: bool) -> list[L.Callback]:
    """Where an interrupted run resumes, and, with a held-out split, the best epoch on it."""
    last = last_checkpoint(config.trainer, folder.last_checkpoint)
    if not held_out:
        return [last]
    best = ModelCheckpoint(
        dirpath=folder.path,
        filename="best",
        enable_version_counter=False,
        monitor=SELECT_BY,
        mode="max",
    )
    return [last, best]


def last_checkpoint(t: TrainerConfig, path: Path) -> LastCheckpoint:
    """Saves where an interrupted training goes on, as often as a configuration says."""
    return LastCheckpoint(path, t.checkpoint_every_n_epochs, t.checkpoint_minutes)


def apply_second_stage(
    config: Config,
    model: LongTailClassifier,
    data: LongTailDataModule,
    checkpoint: Path | None = None,
    make_training: Callable[..., HeadTraining] | None = None,
) -> dict[str, float]:
    """The second stage of a configuration, in place.

    Args:
        config: of the run.
        model: whose head is trained.
        data: of the first stage.
        checkpoint: where it is saved, and resumed from if there is one; None: nowhere.
        make_training: what it is trained with, of the arguments of `head_training`; None: that.

    Returns:
        For `metrics.json`: its steps and its seconds of training; empty without a second stage.
    """
    stage = choices.load(choices.SECOND_STAGES, config.method.second_stage)
    if stage is None:
        return {}
    training = (make_training or head_training)(config, data, checkpoint)
    spent: dict[str, float] = stage(model, training)
    return spent


def head_training(
    config: Config, data: LongTailDataModule, checkpoint: Path | None = None
) -> HeadTraining:
    """What a second stage trains with: half a cosine, nothing mixed; see `apply_second_stage`."""
    optimizer = replace(
        build_optimizer(config),
        one_pass=False,
        schedule=lr_schedules.cosine,
        warmup_epochs=0,
        sam=0.0,
    )
    return HeadTraining(
        data=partial(resampled, data, config),
        loss=partial(
            loss_of_name,
            class_counts=data.class_counts.tolist(),
            **loss_options(config.method),
        ),
        loss_name=loss_kinds(config.method)[1],
        optimizer=optimizer,
        make_trainer=partial(_head_trainer, config, checkpoint),
        checkpoint=checkpoint,
        norm_tau=config.method.norm_tau,
        learns_statistics=config.method.second_stage_batch_norm == "learning",
    )


def resampled(data: LongTailDataModule, config: Config, sampler: str) -> LongTailDataModule:
    """The same images and augmentation, drawn by the sampler of a name, unmixed."""
    data = copy.copy(data)
    data.sampler = build_sampler(sampler, data.train_set, config)
    data.mixing = data.partners = None
    return data


def _head_trainer(
    config: Config, checkpoint: Path | None, callbacks: Sequence[L.Callback]
) -> L.Trainer:
    bar = progress()
    last = [last_checkpoint(config.trainer, checkpoint)] if checkpoint else []
    return L.Trainer(
        **trainer_options(config.trainer),
        max_epochs=config.method.second_stage_epochs,
        limit_val_batches=0,
        callbacks=[bar, Stopwatch(), *callbacks, *last],
        plugins=[AsyncCheckpointIO(VerifiedCheckpointIO())],
        logger=False,
        enable_checkpointing=bool(last),
        enable_progress_bar=isinstance(bar, ProgressBar),
    )
