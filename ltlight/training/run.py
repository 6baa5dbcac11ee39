"""One experiment: build the parts, fit, test, record."""

import gc
import logging
import time
import warnings
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.utilities.exceptions import MisconfigurationException

from ltlight.config.schema import Config
from ltlight.cpu import tune_for_cpu
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.split_table import COLUMNS, split_rows
from ltlight.errors import UserError
from ltlight.interruption import keeping
from ltlight.metrics.binary import positive_class
from ltlight.models.checkpoint import load_weights
from ltlight.processes import first_then_all
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.validation import held_out_metrics
from ltlight.training.build import apply_second_stage, build_trainer, refuse_absent_gpu
from ltlight.training.build_data import build_data
from ltlight.training.build_model import build_model
from ltlight.training.checkpoint_io import checkpoint_to_resume
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.doubts import say_doubts
from ltlight.training.final_scores import final_scores, held_out_logits
from ltlight.training.loggers import close_loggers, log_final
from ltlight.training.net_memory import device_of, refuse_net_beyond_memory
from ltlight.training.record import collected, record, tested_logits

NOT_DETERMINISTIC = "does not have a deterministic implementation"  # as torch says it


def run_experiment(config: Config, folder: RunFolder) -> None:
    """Run what a validated configuration describes and record it in ``folder``."""
    started = time.perf_counter()
    silence_lightning()
    try:
        # Members of a sweep share the process: each starts from its own seed and settings.
        L.seed_everything(config.seed, verbose=False)
        torch.set_float32_matmul_precision(config.trainer.matmul_precision)
        refuse_absent_gpu(config.trainer)
        refuse_net_beyond_memory(config, device_of(config.trainer))
        data = first_then_all(lambda: build_data(config))  # into caches
        trainer = build_trainer(config, folder, held_out=data.val_set is not None)
        if trainer.is_global_zero:
            say_doubts(config)
            rows = split_rows(data.train_set, data.val_set, data.test_set)
            if rows is not None:
                folder.save_split(COLUMNS, rows)
        names = data.train_set.class_names
        positive = positive_class(config.data.positive_class, names, data.class_counts)
        model = first_then_all(lambda: build_model(config, data))  # weights may be downloaded
        if trainer.strategy.root_device.type == "cpu":
            tune_for_cpu(model.net)
        setup = time.perf_counter() - started
        metrics = train(config, model, data, trainer, folder, setup, positive)
        log_final(trainer, config, metrics)
        close_loggers(trainer)
    except MisconfigurationException as e:
        raise UserError(" ".join(str(e).split())) from e
    except RuntimeError as e:
        if NOT_DETERMINISTIC not in str(e):
            raise
        operation = str(e).split(NOT_DETERMINISTIC)[0].strip()
        raise UserError(
            f"trainer.deterministic=true: {operation} has no deterministic form here: leave it at "
            "false, or take trainer=cpu"
        ) from e
    finally:
        torch.use_deterministic_algorithms(False)  # as the next run may have it
        gc.collect()
        torch.cuda.empty_cache()


def train(
    config: Config,
    model: LongTailClassifier,
    data: LongTailDataModule,
    trainer: L.Trainer,
    folder: RunFolder,
    setup_seconds: float = 0.0,
    positive: int | None = None,
) -> dict[str, Any]:
    """Fit, add the second stage, test and record; the parts are built already.

    Args:
        config: of the run.
        model: to be trained.
        data: to train and test on.
        trainer: that trains.
        folder: that it is recorded in.
        setup_seconds: spent before.
        positive: of two classes the one looked for, see `positive_class`.

    Returns:
        The content of `metrics.json`.
    """
    if config.trainer.max_epochs > 0:
        resume = checkpoint_to_resume(folder.last_checkpoint)
        trainer.fit(model, datamodule=data, ckpt_path=resume)
    kept = (
        f"the training is kept in {folder.path}, but for its last seconds: the same command goes on"
    )
    with keeping(kept):
        return after_fit(config, model, data, trainer, folder, setup_seconds, positive)


def after_fit(
    config: Config,
    model: LongTailClassifier,
    data: LongTailDataModule,
    trainer: L.Trainer,
    folder: RunFolder,
    setup_seconds: float,
    positive: int | None,
) -> dict[str, Any]:
    """The second stage, the test and the record of a trained network, see `train`."""
    weights = best_checkpoint(trainer)
    if weights:
        load_weights(model.net, Path(weights))
    held_out = held_out_metrics(folder)
    second = apply_second_stage(config, model, data, folder.head_checkpoint)
    if second and data.val_set is not None:  # what was chosen by is not what is kept
        held_out = dict(trainer.validate(model, datamodule=data, verbose=False)[0])
    kept = held_out_logits(model, data, trainer)
    trainer.test(model, datamodule=data, verbose=False)
    try:
        trainer.save_checkpoint(folder.model_checkpoint, weights_only=True)
    finally:
        # Written before the run counts as finished. If a signal comes while the writing thread is
        # being started, the executor doesn't count it yet, and Python's end would wait for it.
        trainer.strategy.checkpoint_io.teardown()
    metrics = collected(model, data, trainer, setup_seconds) | held_out | second
    metrics |= final_scores(tested_logits(model), data.test_set, positive, kept)
    metrics["seconds/train"] += second.get("second_stage/seconds", 0.0)
    if trainer.is_global_zero:
        record(folder, model, data, metrics, kept)
    return metrics


def best_checkpoint(trainer: L.Trainer) -> str | None:
    """The checkpoint of the best epoch on the held-out split; None means the last weights."""
    for callback in trainer.checkpoint_callbacks:
        if isinstance(callback, ModelCheckpoint) and callback.monitor is not None:
            return callback.best_model_path or None
    return None


def silence_lightning() -> None:
    """Keep Lightning from repeating at every member what a user can't act on."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Every rank evaluates the whole set, so there is nothing to accumulate. Our loader goes on in
    # the middle of an epoch, by another door; so do runs that an earlier version began. The last:
    # on a cluster's login node, and in its jobs.
    for message in (
        ".*exists and is not empty.*",
        ".*LeafSpec.*",
        ".*sync_dist=True.*",
        ".*dataloader is not resumable.*",
        ".*callbacks used to create the checkpoint.*",
        ".*`srun` command is available.*",
    ):
        warnings.filterwarnings("ignore", message)
    # Of what is frozen in a backbone, see `Pretrained.train`.
    warnings.filterwarnings("ignore", ".*in eval mode at the start of training.*")
