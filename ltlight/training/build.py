"""The parts of a run from its configuration: data, model, trainer."""

from pathlib import Path

import lightning as L
from lightning.pytorch.accelerators import CUDAAccelerator, MPSAccelerator
from lightning.pytorch.callbacks import ModelCheckpoint, ProgressBar
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.plugins.io import AsyncCheckpointIO
from omegaconf import DictConfig

from ltlight.callbacks.ema import EMA
from ltlight.callbacks.jsonl_logger import CurveLogger
from ltlight.callbacks.max_norm import MaxNorm
from ltlight.callbacks.progress import progress
from ltlight.callbacks.tensorboard import Dashboard
from ltlight.callbacks.timer import Stopwatch
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.sources import load
from ltlight.errors import UserError
from ltlight.losses.long_tail_loss import LongTailLoss
from ltlight.models.checkpoint import load_weights
from ltlight.models.cnn_cifar import CNNCifar
from ltlight.models.heads import NormalisedLinear
from ltlight.models.resnet import ResNet32
from ltlight.optim.lr_schedules import first_epoch
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.validation import SELECT_BY
from ltlight.trainer import trainer_options
from ltlight.training import second_stage
from ltlight.training.classifier import LongTailClassifier

NETWORKS = {"cnn_cifar": CNNCifar, "resnet32": ResNet32}


def build_data(cfg: DictConfig) -> LongTailDataModule:
    """The data module of a configuration."""
    train_set, test_set = load.load(cfg.data)
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
        val_from=cfg.data.val_from,
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
        one_pass=cfg.optim.one_pass,
        schedule=m.schedule,
        warmup_epochs=m.warmup_epochs,
        sam=m.sam,
        posthoc_tau=m.posthoc_tau,
        tta=m.tta,
        mirror=cfg.data.mirror,
        seed=cfg.seed,
        validation_is_test=data.val_set is None,
    )


def build_loss(cfg: DictConfig, class_counts: list[int]) -> LongTailLoss:
    """The loss of the (first stage of the) training."""
    m = cfg.method
    return LongTailLoss(
        *(second_stage.loss_kinds(m)[0], class_counts),
        weights=m.class_weights,
        weights_from=first_epoch(m.class_weights_from, cfg.trainer.max_epochs),
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
        **trainer_options(t),
        max_epochs=t.max_epochs,
        check_val_every_n_epoch=t.check_val_every_n_epoch,
        num_sanity_val_steps=0,
        log_every_n_steps=0,  # figures are logged by epoch
        callbacks=callbacks,
        plugins=[AsyncCheckpointIO()],  # training goes on while a copy of the weights is written
        logger=[
            TensorBoardLogger(folder.path, name="", version="tensorboard", default_hp_metric=False),
            CurveLogger(folder.curves),
        ],
        enable_progress_bar=any(isinstance(c, ProgressBar) for c in callbacks),
    )


def parts_of_training(method: DictConfig) -> list[L.Callback]:
    """The parts of a method that act around the steps."""
    callbacks: list[L.Callback] = []
    if method.max_norm is not None:
        callbacks.append(MaxNorm(method.max_norm))
    if method.ema > 0:
        callbacks.append(EMA(method.ema))
    return callbacks
