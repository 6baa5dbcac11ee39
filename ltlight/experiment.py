"""One run from its configuration: build the parts, fit, test, record."""

import gc
import logging
import time
import warnings
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.accelerators import CUDAAccelerator, MPSAccelerator
from lightning.pytorch.callbacks import ModelCheckpoint, ProgressBar
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.plugins.io import AsyncCheckpointIO
from lightning.pytorch.utilities.exceptions import MisconfigurationException
from omegaconf import DictConfig, OmegaConf

from ltlight import second_stage
from ltlight.classifier import LongTailClassifier
from ltlight.curves import CurveLogger
from ltlight.dashboard import Dashboard, log_hyperparameters
from ltlight.data import sources
from ltlight.data.module import LongTailDataModule
from ltlight.ema import EMA
from ltlight.errors import UserError
from ltlight.held_out import SELECT_BY, held_out_figures
from ltlight.host import suit_cpu
from ltlight.losses import LongTailLoss
from ltlight.max_norm import MaxNorm
from ltlight.models.checkpoint import load_weights
from ltlight.models.cnn_cifar import CNNCifar
from ltlight.models.head import NormalisedLinear
from ltlight.models.resnet import ResNet32
from ltlight.pictures import report_pictures
from ltlight.progress import progress
from ltlight.provenance import provenance
from ltlight.run_record import RunFolder, flatten
from ltlight.stopwatch import Stopwatch

log = logging.getLogger(__name__)
# TensorBoard's HParams tab shows the first few of these by alphabet; the others wait to be ticked.
TOLD_APART_BY = (
    *("data.name", "data.ratio", "method.", "model.width", "optim.", "seed"),
    *("trainer.max_epochs", "trainer.precision"),
)
NETWORKS = {"cnn_cifar": CNNCifar, "resnet32": ResNet32}


def run_experiment(cfg: DictConfig, folder: RunFolder) -> None:
    """Run what a validated configuration describes and record it in ``folder``."""
    started = time.perf_counter()
    quieten()
    try:
        # Members of a sweep share the process: each starts from its own seed and settings.
        L.seed_everything(cfg.seed, verbose=False)
        torch.set_float32_matmul_precision(cfg.trainer.matmul_precision)
        trainer = build_trainer(cfg, folder)
        data = build_data(cfg)
        model = build_model(cfg, data)
        if trainer.strategy.root_device.type == "cpu":
            suit_cpu(model.net)
        metrics = train(cfg, model, data, trainer, folder, time.perf_counter() - started)
        log_hyperparameters(trainer, distinguishing(cfg), metrics)
    except MisconfigurationException as e:
        raise UserError(" ".join(str(e).split())) from e
    finally:
        gc.collect()
        torch.cuda.empty_cache()


def train(
    cfg: DictConfig,
    model: LongTailClassifier,
    data: LongTailDataModule,
    trainer: L.Trainer,
    folder: RunFolder,
    setup_seconds: float = 0.0,
) -> dict[str, Any]:
    """Fit, add the second stage, test and record; the parts are built already.

    Returns:
        The content of `metrics.json`.
    """
    if trainer.max_epochs > 0:
        resume = folder.last_checkpoint if folder.last_checkpoint.exists() else None
        if resume:
            log.info("going on from %s", resume)
        trainer.fit(model, datamodule=data, ckpt_path=resume)
    weights = best_checkpoint(trainer)
    if weights:
        load_weights(model.net, Path(weights))
    held_out = held_out_figures(folder)
    second = second_stage.apply(cfg, model, data)
    if second and data.val_set is not None:  # what was chosen by is not what is kept
        (held_out,) = trainer.validate(model, datamodule=data, verbose=False)
    trainer.test(model, datamodule=data, verbose=False)
    trainer.save_checkpoint(folder.model_checkpoint, weights_only=True)
    trainer.strategy.checkpoint_io.teardown()  # written before the run counts as finished
    metrics = figures(model, data, trainer, setup_seconds) | held_out | second
    metrics["seconds/train"] += second.get("second_stage/seconds", 0.0)
    if trainer.is_global_zero:
        folder.save_pictures(report_pictures(data))
        folder.finish(metrics, data.test_set.labels, model.test_logits.numpy(), data.class_counts)
        log.info(
            "accuracy %.2f %%, macro-F1 %.4f, %.0f s: %s",
            *(100 * metrics["test/accuracy"], metrics["test/f1_macro"]),
            *(metrics["seconds/train"] + metrics["seconds/test"], folder.path),
        )
    return metrics


def build_data(cfg: DictConfig) -> LongTailDataModule:
    """The data module of a configuration."""
    train_set, test_set = sources.load(cfg.data)
    return LongTailDataModule(
        train_set,
        test_set,
        ratio=cfg.data.ratio,
        profile=cfg.data.profile,
        sampler=cfg.method.sampler,
        sampler_from=cfg.method.sampler_from,
        augmentation=cfg.method.augment,
        cutout=cfg.method.cutout,
        mix=cfg.method.mix,
        mix_alpha=cfg.method.mix_alpha,
        mirror=cfg.data.mirror,
        seed=cfg.seed,
        val_fraction=cfg.data.val_fraction,
        batch_size=cfg.data.batch_size,
        eval_batch_size=cfg.data.eval_batch_size,
    )


def build_model(cfg: DictConfig, data: LongTailDataModule) -> LongTailClassifier:
    """The classifier of a configuration, with the weights of ``model.checkpoint`` if it is set."""
    m, counts = cfg.method, data.class_counts.tolist()
    net = NETWORKS[cfg.model.name](
        num_classes=len(counts), image_size=cfg.model.image_size, width=cfg.model.width
    )
    if m.loss == "ldam":  # margins are angles: the head's logits are scaled cosines
        net.head = NormalisedLinear(net.head.in_features, len(counts))
    if cfg.model.checkpoint is not None:
        load_weights(net, Path(cfg.model.checkpoint).expanduser())
    return LongTailClassifier(
        *(net, counts, build_loss(cfg, counts)),
        lr=cfg.optim.lr if m.lr is None else m.lr,
        momentum=cfg.optim.momentum,
        weight_decay=cfg.optim.weight_decay if m.weight_decay is None else m.weight_decay,
        nesterov=cfg.optim.nesterov,
        schedule=m.schedule,
        warmup_epochs=m.warmup_epochs,
        sam=m.sam,
        posthoc_tau=m.posthoc_tau,
        seed=cfg.seed,
        validation_is_test=data.val_set is None,
    )


def build_loss(cfg: DictConfig, class_counts: list[int]) -> LongTailLoss:
    """The loss of the (first stage of the) training."""
    m = cfg.method
    return LongTailLoss(
        *(second_stage.loss_kinds(m)[0], class_counts),
        weights=m.class_weights,
        weights_from=round(m.class_weights_from * cfg.trainer.max_epochs),
        focal_gamma=m.focal_gamma,
        tau=m.loss_tau,
    )


def build_trainer(cfg: DictConfig, folder: RunFolder) -> L.Trainer:
    """The Lightning trainer of a configuration, logging and saving into the run folder."""
    t = cfg.trainer
    if t.accelerator == "gpu" and not (
        CUDAAccelerator.is_available() or MPSAccelerator.is_available()
    ):
        raise UserError("trainer.accelerator=gpu, but there is no GPU here: take trainer=cpu")
    saved = {"dirpath": folder.path, "enable_version_counter": False}
    every = t.checkpoint_every_n_epochs
    callbacks = [
        progress(),
        Stopwatch(),
        *parts_of_training(cfg.method),
        Dashboard(),
        ModelCheckpoint(
            **saved, filename="last", every_n_epochs=every, save_on_train_epoch_end=True
        ),
    ]
    if cfg.data.val_fraction > 0:
        callbacks.append(ModelCheckpoint(**saved, filename="best", monitor=SELECT_BY, mode="max"))
    return L.Trainer(
        accelerator=t.accelerator,
        devices=t.devices,
        num_nodes=t.num_nodes,
        precision=t.precision,
        max_epochs=t.max_epochs,
        check_val_every_n_epoch=t.check_val_every_n_epoch,
        accumulate_grad_batches=t.accumulate_grad_batches,
        gradient_clip_val=t.gradient_clip_val,
        limit_train_batches=t.limit_batches,
        num_sanity_val_steps=0,
        log_every_n_steps=0,  # figures are logged by epoch
        callbacks=callbacks,
        plugins=[AsyncCheckpointIO()],  # training goes on while a copy of the weights is written
        logger=[
            TensorBoardLogger(folder.path, name="", version="tensorboard", default_hp_metric=False),
            CurveLogger(folder.curves),
        ],
        enable_progress_bar=any(isinstance(c, ProgressBar) for c in callbacks),
        enable_model_summary=False,
        use_distributed_sampler=False,  # the loader knows its rank
    )


def parts_of_training(method: DictConfig) -> list[L.Callback]:
    """The parts of a method that act around the steps."""
    callbacks: list[L.Callback] = []
    if method.max_norm is not None:
        callbacks.append(MaxNorm(method.max_norm))
    if method.ema > 0:
        callbacks.append(EMA(method.ema))
    return callbacks


def best_checkpoint(trainer: L.Trainer) -> str | None:
    """The checkpoint of the best epoch on the held-out split; None means the last weights."""
    for callback in trainer.checkpoint_callbacks:
        if callback.monitor is not None:
            return callback.best_model_path or None
    return None


def figures(
    model: LongTailClassifier, data: LongTailDataModule, trainer: L.Trainer, setup_seconds: float
) -> dict[str, Any]:
    """Everything `metrics.json` holds."""
    tested = {k: v.item() for k, v in trainer.callback_metrics.items() if k.startswith("test/")}
    watch = next(c for c in trainer.callbacks if isinstance(c, Stopwatch))
    train_seconds = watch.training_seconds
    steps, epochs = trainer.global_step, trainer.current_epoch
    seen = min(steps * data.batch_size * trainer.world_size, epochs * len(data.train_set))
    return {
        **tested,
        "recall_per_class": model.test_recalls,
        "class_names": list(data.train_set.class_names),
        "class_counts": data.class_counts.tolist(),
        "test_images": len(data.test_set),
        "parameters": sum(p.numel() for p in model.net.parameters()),
        "epochs": epochs,
        "steps": steps,
        "seconds/setup": setup_seconds,
        "seconds/train": train_seconds,
        "seconds/validate": watch.validation_seconds,
        "seconds/test": watch.time_elapsed("test"),
        "images_per_second": seen / train_seconds if train_seconds > 0 else None,
        **provenance(trainer.strategy.root_device),
    }


def distinguishing(cfg: DictConfig) -> dict[str, Any]:
    """What tells the members of a sweep apart, by dotted key; see `TOLD_APART_BY`."""
    flat = flatten(OmegaConf.to_container(cfg, resolve=True))
    return {key: value for key, value in flat.items() if key.startswith(TOLD_APART_BY)}


def quieten() -> None:
    """Keep Lightning from repeating at every member what a user can't act on."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # The last: every rank evaluates the whole set, so there is nothing to accumulate.
    for message in (".*exists and is not empty.*", ".*LeafSpec.*", ".*sync_dist=True.*"):
        warnings.filterwarnings("ignore", message)
