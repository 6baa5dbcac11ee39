import pytest
import torch
from lightning.pytorch.accelerators import CUDAAccelerator, MPSAccelerator
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.plugins.io import AsyncCheckpointIO

from ltlight.callbacks.checkpointing import LastCheckpoint
from ltlight.callbacks.ema import EMA
from ltlight.callbacks.jsonl_logger import JsonlLogger
from ltlight.callbacks.max_norm import MaxNorm
from ltlight.callbacks.progress import EpochLines
from ltlight.callbacks.tensorboard import TensorBoardImages
from ltlight.callbacks.timer import Stopwatch, stopwatch_of
from ltlight.data.samplers import InverseFrequencySampler, ShuffleSampler
from ltlight.errors import UserError
from ltlight.losses import functional
from ltlight.losses.class_stats import class_smoothing
from ltlight.optim.lr_schedules import cosine
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.validation import SELECT_BY
from ltlight.training.build import (
    apply_second_stage,
    build_trainer,
    checkpoint_callbacks,
    head_training,
    method_callbacks,
    resampled,
    trainer_options,
)
from ltlight.training.build_model import build_model
from ltlight.training.checkpoint_io import VerifiedCheckpointIO
from tests.parts import configured, digits_module, small


def test_the_trainer_logs_and_saves_into_the_run_folder(tmp_path):
    config = configured("trainer.max_epochs=7", "trainer.check_val_every_n_epoch=3")
    trainer = build_trainer(config, RunFolder(tmp_path))
    assert (trainer.max_epochs, trainer.check_val_every_n_epoch) == (7, 3)
    kinds = {type(c) for c in trainer.callbacks}
    assert kinds >= {EpochLines, Stopwatch, TensorBoardImages, LastCheckpoint}
    assert not kinds & {EMA, MaxNorm}
    board, lines = trainer.loggers
    assert isinstance(board, TensorBoardLogger)
    assert board.log_dir == str(tmp_path / "tensorboard")
    assert isinstance(lines, JsonlLogger)
    assert lines.file == tmp_path / "curves.jsonl"
    assert isinstance(trainer.strategy.checkpoint_io, AsyncCheckpointIO)
    assert isinstance(trainer.strategy.checkpoint_io.checkpoint_io, VerifiedCheckpointIO)
    (last,) = (c for c in trainer.callbacks if isinstance(c, LastCheckpoint))
    assert (last.path, last.every_n_epochs, last.seconds) == (tmp_path / "last.ckpt", 5, 600)


@pytest.mark.skipif(
    CUDAAccelerator.is_available() or MPSAccelerator.is_available(), reason="there is a GPU here"
)
def test_a_gpu_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match="there is no GPU here: take trainer=cpu"):
        build_trainer(configured("trainer=gpu"), RunFolder(tmp_path))


def test_both_stages_trainers_are_told_the_same(tmp_path, digit_sets):
    told = ("trainer.accumulate_grad_batches=2", "trainer.gradient_clip_val=0.5")
    told += ("trainer.limit_batches=4", "trainer.precision=bf16-mixed")
    config = configured(*told, "method.second_stage_epochs=3")
    first = build_trainer(config, RunFolder(tmp_path))
    second = head_training(config, digits_module(digit_sets, "data.ratio=0.1")).make_trainer([])
    for trainer in (first, second):
        assert trainer.accumulate_grad_batches == 2
        assert trainer.gradient_clip_val == 0.5
        assert trainer.limit_train_batches == 4
        assert trainer.precision == "bf16-mixed"
    assert second.max_epochs == 3
    assert second.limit_val_batches == 0
    assert not second.loggers
    assert not second.checkpoint_callbacks
    assert stopwatch_of(second)
    assert trainer_options(config.trainer)["use_distributed_sampler"] is False


@pytest.mark.parametrize(
    ("told", "kinds"),
    [((), []), (("method.max_norm=2",), [MaxNorm]), (("method.ema=0.9",), [EMA])],
)
def test_parts_of_a_method_that_act_around_the_steps(told, kinds):
    callbacks = method_callbacks(configured(*told).method)
    assert [type(c) for c in callbacks] == kinds
    assert all(c.radius == 2 for c in callbacks if isinstance(c, MaxNorm))
    assert all(c.decay == 0.9 for c in callbacks if isinstance(c, EMA))


def test_the_best_epoch_is_kept_where_something_was_held_out(tmp_path):
    (last,) = checkpoint_callbacks(
        configured("trainer.checkpoint_every_n_epochs=4"), RunFolder(tmp_path), held_out=False
    )
    assert last.path == tmp_path / "last.ckpt"
    assert last.every_n_epochs == 4
    _, best = checkpoint_callbacks(configured(), RunFolder(tmp_path), held_out=True)
    assert (best.monitor, best.mode) == (SELECT_BY, "max")
    assert (best.filename, best.dirpath) == ("best", str(tmp_path))


def test_the_second_stage_draws_by_a_sampler_of_its_own_and_mixes_nothing(digit_sets):
    told = ("data.ratio=0.1", "method.mix=cmo", "method.augment=crop_flip", "seed=4")
    data = digits_module(digit_sets, *told)
    stage = resampled(data, configured(*told), "inverse_frequency")
    assert type(stage.sampler) is InverseFrequencySampler
    assert stage.sampler.seed == 4
    assert (stage.mixing, stage.partners) == (None, None)
    assert stage.augmentation is data.augmentation
    assert stage.train_set is data.train_set
    assert type(data.sampler) is ShuffleSampler  # the first stage's is what it was
    assert data.mixing is not None


def test_a_head_is_trained_by_plain_sgd_along_half_a_cosine(digit_sets):
    told = ("data.ratio=0.1", "method.sam=0.05", "method.schedule=steps", "method.lr=0.3")
    told += ("method.loss=label_aware_smoothing", "method.second_stage=lws", "method.norm_tau=0.7")
    config, data = configured(*told), digits_module(digit_sets, *told)
    training = head_training(config, data)
    assert training.loss_name == "label_aware_smoothing"
    smoothed = training.loss(training.loss_name)
    assert smoothed.function.func is functional.label_aware_smoothing
    found = training.optimizer
    assert (found.lr, found.schedule, found.warmup_epochs) == (0.3, cosine, 0)
    assert (found.sam, found.one_pass) == (0, False)
    assert training.norm_tau == 0.7
    for name, kind in (("inverse_frequency", InverseFrequencySampler), ("shuffle", ShuffleSampler)):
        assert type(training.data(name).sampler) is kind


def test_no_second_stage_changes_nothing(digit_sets):
    data = digits_module(digit_sets, "data.ratio=0.1")
    model = build_model(small(), data)
    before = {k: v.clone() for k, v in model.net.state_dict().items()}
    assert apply_second_stage(small(), model, data) == {}
    assert all(torch.equal(v, before[k]) for k, v in model.net.state_dict().items())


def test_the_second_stages_smoothing_is_that_of_the_configuration(digit_sets):
    keys = ["method.smoothing_head=0.4", "method.smoothing_tail=0.1"]
    config = configured("method=crt", "method.loss=label_aware_smoothing", *keys)
    data = digits_module(digit_sets, "data.ratio=0.1")
    training = head_training(config, data)
    found = training.loss(training.loss_name).smoothing
    assert torch.equal(found, class_smoothing(data.class_counts.tolist(), 0.4, 0.1))
