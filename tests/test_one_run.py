"""A finished run: what it left, and what a command makes of it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ltlight.report import sweep_callback
from ltlight.runs.run_folder import RunFolder
from ltlight.training.classifier import LongTailClassifier
from tests.commands import TINY, run_here, run_of

WHOLE = (*TINY, "data.ratio=0.02", "method=improved", "trainer.max_epochs=3")


@pytest.fixture(scope="module")
def once(tmp_path_factory) -> Path:
    """Where one run was made: ``WHOLE``, named ``one``."""
    root = tmp_path_factory.mktemp("once")
    done = run_here(*WHOLE, "name=one", cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return root


@pytest.fixture
def finished(once, tmp_path) -> RunFolder:
    """That run, in the test's own folder."""
    shutil.copytree(once, tmp_path, dirs_exist_ok=True)
    return run_of(tmp_path, "one", "0.02", "improved")


def test_one_run_leaves_a_whole_run_folder(finished):
    metrics = finished.metrics()
    assert metrics["class_counts"] == [120, 81, 54, 37, 25, 16, 11, 7, 5, 3]
    assert metrics["steps"] == 3 * 12  # ceil(359 / 32) batches an epoch
    assert metrics["images_per_second"] == pytest.approx(3 * 359 / metrics["seconds/train"])
    assert metrics["versions"]["torch"] == torch.__version__.split("+")[0]
    arrays = finished.predictions()
    correct = arrays["logits"].argmax(1) == arrays["targets"]
    assert metrics["test/accuracy"] == pytest.approx(correct.mean())
    weights = torch.load(finished.model_checkpoint, weights_only=True)["state_dict"]
    assert "net.feature.0.weight" in weights
    assert not finished.last_checkpoint.exists()
    events = EventAccumulator(str(finished.path / "tensorboard")).Reload()
    assert {"train/loss", "test/f1_macro"} <= set(events.Tags()["scalars"])
    assert [e.step for e in events.Scalars("train/loss")] == [1, 2, 3]
    assert "accuracy" in (finished.path / "train.log").read_text()


def test_a_fault_of_the_report_is_not_hidden(finished, tmp_path, monkeypatch):
    """Hydra makes a warning of what a callback raises and exits with 0."""
    monkeypatch.setattr(sweep_callback, "report", lambda *_: 1 / 0)
    done = run_here("-m", *WHOLE, "name=one", cwd=tmp_path)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert finished.is_finished


def test_interrupted_run_is_resumed_to_the_same_end(finished, tmp_path, monkeypatch):
    """As from a power cut between the second epoch and the third."""
    arguments = (*WHOLE, "name=cut", "trainer.checkpoint_every_n_epochs=1")
    cut = run_of(tmp_path, "cut", "0.02", "improved")
    original = LongTailClassifier.on_train_epoch_start

    def power_cut(self) -> None:
        if self.current_epoch == 2:
            raise RuntimeError("power cut")
        original(self)

    with monkeypatch.context() as patch:
        patch.setattr(LongTailClassifier, "on_train_epoch_start", power_cut)
        done = run_here(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("RuntimeError: power cut\n")
    assert "power cut" in cut.error
    assert cut.last_checkpoint.exists()
    assert not cut.is_finished
    epochs = [json.loads(line)["epoch"] for line in cut.curves.read_text().splitlines()]
    assert set(epochs) == {1, 2}

    done = run_here(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert cut.error is None
    np.testing.assert_array_equal(finished.predictions()["logits"], cut.predictions()["logits"])
    epochs = [json.loads(line)["epoch"] for line in cut.curves.read_text().splitlines()]
    assert set(epochs) == {1, 2, 3}


def test_weights_of_a_run_can_be_tested_again(finished, tmp_path):
    arguments = ("trainer.max_epochs=0", f"model.checkpoint='{finished.model_checkpoint}'")
    again = run_here(*TINY, *arguments, "name=again", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    np.testing.assert_allclose(
        run_of(tmp_path, "again").predictions()["logits"],
        finished.predictions()["logits"],
        atol=1e-5,
    )


def test_changed_configuration_is_refused_and_the_run_stays(finished, tmp_path):
    metrics = (finished.path / "metrics.json").read_text()
    changed = run_here(*WHOLE, "name=one", "optim.lr=0.02", cwd=tmp_path)
    assert changed.returncode == 1
    assert "optim.lr 0.01 → 0.02" in changed.stderr
    assert (finished.path / "metrics.json").read_text() == metrics
