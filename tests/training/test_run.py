"""Experiments in process, on real digits: what is recorded is what was trained and tested."""

import logging
import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.utilities.exceptions import MisconfigurationException

from ltlight.errors import UserError
from ltlight.interruption import Interrupted, heeding
from ltlight.runs.curves import read_curves
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.validation import SELECT_BY
from ltlight.training import run as module
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.run import silence_lightning
from ltlight.training.second_stage import HeadClassifier
from tests.parts import quick_run


def test_the_run_folder_is_whole_and_holds_nothing_to_be_resumed(finished):
    assert list(read_curves(finished)) == [1, 2]
    assert finished.pictures()["train_images"].shape == (10, 3, 32, 32)
    assert not finished.last_checkpoint.exists()
    assert list((finished.path / "tensorboard").glob("events.*"))


def test_a_run_is_a_function_of_its_configuration(finished, tmp_path):
    again, other = (
        quick_run(tmp_path / "a", "optim.lr=0.02"),
        quick_run(tmp_path / "b", "optim.lr=0.02", "seed=1"),
    )
    before = finished.predictions()["logits"]
    np.testing.assert_array_equal(again.predictions()["logits"], before)
    assert not np.array_equal(other.predictions()["logits"], before)


def test_the_first_weights_are_of_the_seed_and_not_of_the_datas(tmp_path, monkeypatch):
    class BuiltError(Exception):
        pass

    built = []

    def stop(config, model, data, *rest):
        built.append((model.net.head.weight.detach().clone(), data.train_set.rows.tolist()))
        raise BuiltError

    monkeypatch.setattr(module, "train", stop)
    for number, seeds in enumerate([(0, 5), (1, 5), (0, 6)]):
        told = (f"seed={seeds[0]}", f"data.seed={seeds[1]}", "data.ratio=0.1")
        with pytest.raises(BuiltError):
            quick_run(tmp_path / str(number), *told)
    (weights, rows), other_seed, other_data = built
    assert not torch.equal(weights, other_seed[0])
    assert rows == other_seed[1]
    assert torch.equal(weights, other_data[0])
    assert rows != other_data[1]


def test_without_epochs_a_checkpoint_is_tested_as_it_is(finished, tmp_path):
    weights = f"model.checkpoint='{finished.model_checkpoint}'"
    tested = quick_run(tmp_path, "trainer.max_epochs=0", weights)
    np.testing.assert_allclose(
        tested.predictions()["logits"], finished.predictions()["logits"], atol=1e-5
    )
    metrics = tested.metrics()
    assert (metrics["epochs"], metrics["steps"], metrics["images_per_second"]) == (0, 0, None)


def test_saved_logits_are_what_was_evaluated(finished, tmp_path):
    adjusted = quick_run(tmp_path, "optim.lr=0.02", "method=logit_adjustment")
    before, after = finished.predictions(), adjusted.predictions()
    prior = before["class_counts"] / before["class_counts"].sum()
    np.testing.assert_allclose(after["logits"], before["logits"] - np.log(prior), atol=1e-5)
    correct = after["logits"].argmax(1) == after["targets"]
    assert adjusted.metrics()["test/accuracy"] == pytest.approx(correct.mean())


def test_the_best_epoch_on_the_held_out_images_is_tested(tmp_path):
    folder = quick_run(tmp_path, "data.val_fraction=0.2", "trainer.max_epochs=4", "optim.lr=0.05")
    curves = read_curves(folder)
    best = max(curves, key=lambda epoch: curves[epoch][SELECT_BY])  # the first of the best
    saved = torch.load(tmp_path / "best.ckpt", weights_only=True)
    assert saved["epoch"] == best - 1
    kept = torch.load(folder.model_checkpoint, weights_only=True)["state_dict"]
    assert all(torch.equal(kept[name], value) for name, value in saved["state_dict"].items())
    assert folder.metrics()[SELECT_BY] == curves[best][SELECT_BY]
    assert not any("test/accuracy" in logged for epoch, logged in curves.items() if epoch < 4)


def test_a_held_out_split_is_asked_after_the_second_stage(tmp_path, monkeypatch):
    """What was chosen by is not what is kept: its metrics are of the head that is."""
    asked, validate = [], module.L.Trainer.validate

    def watch(trainer, model, **more):
        asked.append(model.net.head.weight.clone())
        found = validate(trainer, model, **more)
        asked.append(found[0])
        return found

    monkeypatch.setattr(module.L.Trainer, "validate", watch)
    folder = quick_run(tmp_path, "method=crt", "data.val_fraction=0.2", "optim.lr=0.05")
    metrics = folder.metrics()
    assert metrics["second_stage/steps"] == 3
    weight, found = asked
    kept = torch.load(folder.model_checkpoint, weights_only=True)["state_dict"]
    assert torch.equal(kept["net.classifier.7.weight"], weight)
    assert metrics["val/balanced_accuracy"] == found["val/balanced_accuracy"]
    of_the_first = 6 * 32 / metrics["images_per_second"]
    both = of_the_first + metrics["second_stage/seconds"]
    assert metrics["seconds/train"] == pytest.approx(both)
    assert metrics["second_stage/seconds"] > 0


# Schedule, mean of the weights, deferred weights and both stages.
STATEFUL = (
    "method=crt",
    "method.schedule=cosine",
    "method.warmup_epochs=1",
    "method.ema=0.9",
    "method.class_weights=effective_number",
    "method.class_weights_from=0.5",
    "trainer.max_epochs=4",
    "method.second_stage_epochs=3",
)


@pytest.fixture(scope="module")
def straight(tmp_path_factory) -> RunFolder:
    """A run that nothing interrupts."""
    return quick_run(tmp_path_factory.mktemp("straight"), *STATEFUL)


@pytest.mark.parametrize(
    ("stage", "left"),
    # Each epoch is saved after the first batch of the next; going on within one it begins as well.
    [
        (LongTailClassifier, [(0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2)]),
        (HeadClassifier, [(1, 1), (1, 2)]),
    ],
    ids=["first", "second"],
)
def test_an_interrupted_run_is_resumed_to_the_same_end(
    stage, left, straight, tmp_path, monkeypatch
):
    original, trained, cuts = LongTailClassifier.on_train_epoch_start, [], [stage]

    def power_cut(self):
        if type(self) in cuts and self.current_epoch == 2:
            raise RuntimeError("power cut")
        trained.append((type(self), self.current_epoch))
        original(self)

    monkeypatch.setattr(LongTailClassifier, "on_train_epoch_start", power_cut)
    with pytest.raises(RuntimeError, match="power cut"):
        quick_run(tmp_path, *STATEFUL)
    interrupted = RunFolder(tmp_path)
    assert interrupted.last_checkpoint.exists()
    assert not interrupted.is_finished
    cuts.clear()
    trained.clear()
    quick_run(tmp_path, *STATEFUL)
    assert trained == [((LongTailClassifier, HeadClassifier)[kind], epoch) for kind, epoch in left]
    np.testing.assert_array_equal(
        straight.predictions()["logits"], interrupted.predictions()["logits"]
    )


@pytest.mark.parametrize("part", ["class_weights", "sampler"])
def test_what_is_deferred_acts_at_least_in_the_last_epoch(part, finished, tmp_path):
    """Two epochs, of which four fifths are over after 1.6."""
    runs = {}
    for start in ("0.8", "0.5"):
        told = (f"method.{part}=inverse_frequency", f"method.{part}_from={start}")
        runs[start] = quick_run(tmp_path / start, "optim.lr=0.02", *told).predictions()["logits"]
    np.testing.assert_array_equal(runs["0.8"], runs["0.5"])
    assert not np.array_equal(runs["0.8"], finished.predictions()["logits"])  # never


def test_what_lightning_calls_a_misconfiguration_is_the_users_to_mend(tmp_path, monkeypatch):
    def refuse(config):
        raise MisconfigurationException("no such\n   device")

    monkeypatch.setattr(module, "build_data", refuse)
    with pytest.raises(UserError, match=r"^no such device$"):
        quick_run(tmp_path)


def test_lightning_says_only_what_can_be_acted_on():
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    for logger in loggers:
        logger.setLevel(logging.INFO)
    silence_lightning()
    assert [logger.level for logger in loggers] == [logging.WARNING] * 2


def test_deterministic_operations_are_the_same_on_a_cpu_and_end_with_the_run(
    finished, tmp_path, monkeypatch
):
    asked, step = [], LongTailClassifier.training_step

    def watch(self, batch, batch_idx):
        asked.append(torch.are_deterministic_algorithms_enabled())
        return step(self, batch, batch_idx)

    monkeypatch.setattr(LongTailClassifier, "training_step", watch)
    again = quick_run(tmp_path, "optim.lr=0.02", "trainer.deterministic=true")
    np.testing.assert_array_equal(again.predictions()["logits"], finished.predictions()["logits"])
    assert asked == [True] * 6
    assert not torch.are_deterministic_algorithms_enabled()


def test_an_operation_that_has_no_deterministic_form_is_named(tmp_path, monkeypatch):
    def refuse(self, batch, batch_idx):
        torch.zeros(3).put_(torch.tensor([0]), torch.tensor([1.0]))

    monkeypatch.setattr(LongTailClassifier, "training_step", refuse)
    with pytest.raises(UserError, match=r"trainer\.deterministic=true: put_ has no deterministic"):
        quick_run(tmp_path, "trainer.deterministic=true")


def test_a_signal_while_the_writing_thread_starts_leaves_no_thread(tmp_path, monkeypatch):
    """It would keep the process from ending."""
    start, save = threading.Thread.start, Trainer.save_checkpoint
    started = []

    def start_and_interrupt(thread):
        start(thread)
        started.append(thread)
        monkeypatch.setattr(threading.Thread, "start", start)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.001)  # the handler runs between two of Python's own instructions

    def save_interrupted(trainer, path, *args, **kwargs):
        if Path(path).name == "model.ckpt":
            monkeypatch.setattr(threading.Thread, "start", start_and_interrupt)
        save(trainer, path, *args, **kwargs)

    monkeypatch.setattr(Trainer, "save_checkpoint", save_interrupted)
    with pytest.raises(Interrupted) as caught, heeding("all is kept"):
        quick_run(tmp_path)
    assert caught.value.code == 143
    (writer,) = started
    writer.join(10)
    assert not writer.is_alive()
