"""Runs that signals cut off anywhere: resumed, they end as one that nothing cut off."""

import json
import logging
import os
import signal
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from ltlight.callbacks import checkpointing
from ltlight.callbacks.checkpointing import LastCheckpoint
from ltlight.interruption import Interrupted, heeding
from ltlight.runs.checkpoints import previous_of
from ltlight.runs.run_folder import RunFolder
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.run import run_experiment
from ltlight.training.second_stage import HeadClassifier
from tests.parts import quick_runs, small

ANYWHERE = ("overwrite=false", "optim.lr=0.02", "trainer.checkpoint_every_n_epochs=1000")
# Everything that a run remembers, and every second epoch is evaluated.
STATEFUL = (
    "method=crt",
    "method.augment=fig7",
    "method.mix=mixup",
    "method.schedule=cosine",
    "method.warmup_epochs=1",
    "method.ema=0.9",
    "method.class_weights=effective_number",
    "method.class_weights_from=0.5",
    "trainer.max_epochs=3",
    "trainer.check_val_every_n_epoch=2",
    "method.second_stage_epochs=2",
)
SAM = ("method.sam=0.05", "data.val_fraction=0.2", "method=lws")
PARTNERS = ("method=bs_cmo", "trainer.accumulate_grad_batches=2", "trainer.limit_batches=4")
Place = tuple[str, int, int]  # first or second stage or evaluation, epoch, batch


def run(path: Path, *overrides: str) -> RunFolder:
    """A run as the command makes it, in this process."""
    config, folder = small(*ANYWHERE, *overrides), RunFolder(path)
    folder.begin(asdict(config), overwrite=False)
    with quick_runs(), heeding("nothing"):
        run_experiment(config, folder)
    return folder


@pytest.fixture(scope="module")
def straight(tmp_path_factory) -> RunFolder:
    """A run that nothing cuts off."""
    return run(tmp_path_factory.mktemp("straight"), *STATEFUL)


@pytest.fixture
def cut_at(monkeypatch):
    """A list of places; at each of them the process gets SIGTERM, once."""
    places: list[Place] = []

    def cutting(step, letter):
        def cut(self, batch, batch_idx):
            kind = "H" if isinstance(self, HeadClassifier) else letter
            if (place := (kind, self.current_epoch, batch_idx)) in places:
                places.remove(place)
                os.kill(os.getpid(), signal.SIGTERM)
            return step(self, batch, batch_idx)

        return cut

    for name, letter in (("training_step", "L"), ("validation_step", "V")):
        original = getattr(LongTailClassifier, name)
        monkeypatch.setattr(LongTailClassifier, name, cutting(original, letter))
    return places


def until_finished(path: Path, *overrides: str) -> tuple[RunFolder, list[str]]:
    """The run, the same command given as often as it takes, and what was said in between."""
    said = []
    while True:
        try:
            return run(path, *overrides), said
        except Interrupted as e:
            said.append(e.line())


def equal(one: RunFolder, other: RunFolder) -> bool:
    np.testing.assert_array_equal(one.predictions()["logits"], other.predictions()["logits"])
    lines = one.curves.read_text().splitlines()
    assert sorted(lines) == sorted(set(lines))
    return lines == other.curves.read_text().splitlines()


CUTS = {
    "everything": (
        (),
        # In the middle of an epoch, at its end with an evaluation due and without, in one.
        [("L", 0, 2), ("L", 1, 2), ("V", 1, 0), ("L", 2, 0), ("L", 2, 2), ("H", 0, 2), ("H", 1, 0)],
    ),
    "sharpness-aware, best epoch": (SAM, [("L", 1, 1), ("V", 1, 0), ("H", 1, 1)]),
    "partners, accumulation": (PARTNERS, [("L", 0, 0), ("L", 1, 2)]),
}


@pytest.mark.parametrize("kind", CUTS)
def test_wherever_a_signal_comes_the_end_is_the_same_to_the_bit(kind, straight, cut_at, tmp_path):
    more, places = CUTS[kind]
    overrides = (*STATEFUL, *more)
    if more:
        straight = run(tmp_path / "straight", *overrides)
    cut_at += places
    cut, said = until_finished(tmp_path / "cut", *overrides)
    assert not cut_at
    assert len(said) == len(places)
    assert equal(cut, straight)
    assert not [file for file in cut.path.iterdir() if file.suffix == ".tmp"]
    assert not cut.last_checkpoint.exists()
    assert not cut.head_checkpoint.exists()


def test_the_line_says_how_far_it_came_and_how_to_go_on(cut_at, tmp_path, capsys):
    cut_at.append(("L", 1, 1))
    with pytest.raises(Interrupted):
        run(tmp_path, *STATEFUL)
    assert capsys.readouterr().err == (
        "interrupted by SIGTERM: saved after 1 of 3 epochs and 2 of 3 batches in "
        f"{tmp_path}/last.ckpt: the same command goes on there\n"
    )


def test_it_is_saved_by_the_clock_within_an_epoch(tmp_path, monkeypatch):
    saved, save = [], LastCheckpoint._save

    def noted(self, trainer):
        saved.append((trainer.current_epoch, trainer.fit_loop.batch_idx))
        save(self, trainer)

    monkeypatch.setattr(LastCheckpoint, "_save", noted)
    monkeypatch.setattr(checkpointing, "WORTH_SAVING", 1e9)
    run(tmp_path / "slow")
    assert saved == []
    # In an accumulation of gradients it waits for the step.
    told = ("trainer.checkpoint_minutes=1e-9", "trainer.accumulate_grad_batches=2")
    run(tmp_path / "quick", *told)
    assert saved == [(0, 1), (0, 2), (1, 1), (1, 2)]


def test_it_is_saved_by_epochs_after_the_step_that_follows(tmp_path, monkeypatch):
    """The curves hold the epoch by then."""
    lines, save = [], LastCheckpoint._save

    def noted(self, trainer):
        save(self, trainer)
        text = RunFolder(tmp_path).curves.read_text()
        entries = [json.loads(line) for line in text.splitlines()]
        lines.append([entry["epoch"] for entry in entries if "train/loss" in entry])

    monkeypatch.setattr(LastCheckpoint, "_save", noted)
    run(tmp_path, "trainer.max_epochs=4", "trainer.checkpoint_every_n_epochs=2")
    assert lines == [[1, 2], [1, 2, 3, 4]]


def test_a_damaged_checkpoint_is_set_aside_and_the_one_before_is_gone_on_from(
    straight, cut_at, tmp_path, caplog
):
    cut_at += [("L", 1, 0), ("L", 2, 0)]
    for _ in range(2):
        with pytest.raises(Interrupted):
            run(tmp_path / "cut", *STATEFUL)
    cut = RunFolder(tmp_path / "cut")
    content = bytearray(cut.last_checkpoint.read_bytes())
    content[len(content) // 2] ^= 1
    cut.last_checkpoint.write_bytes(content)
    with caplog.at_level(logging.INFO):
        run(cut.path, *STATEFUL)
    assert "last.ckpt is damaged" in caplog.text
    assert f"resuming from {previous_of(cut.last_checkpoint)}" in caplog.messages
    assert (cut.path / "last.damaged.ckpt").exists()
    assert equal(cut, straight)


def test_without_the_best_weights_so_far_the_training_starts_anew(cut_at, tmp_path, caplog):
    held_out = ("data.val_fraction=0.2", "trainer.max_epochs=3")
    cut_at.append(("L", 2, 0))
    with pytest.raises(Interrupted):
        run(tmp_path, *held_out)
    best = tmp_path / "best.ckpt"
    best.write_bytes(best.read_bytes()[:-9])
    assert run(tmp_path, *held_out).is_finished
    assert "best.ckpt, are missing or damaged" in caplog.text
    assert "the training starts anew" in caplog.text


def test_another_number_of_threads_is_told(cut_at, tmp_path, caplog, monkeypatch):
    cut_at.append(("L", 1, 0))
    with pytest.raises(Interrupted):
        run(tmp_path)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    run(tmp_path)
    (line,) = [m for m in caplog.messages if "it was computed with" in m]
    assert "and this process has 7: the last bits will differ" in line


def test_a_checkpoint_of_before_is_resumed(cut_at, tmp_path, monkeypatch):
    """One at the end of an epoch, without a place in one."""
    straight = run(tmp_path / "straight")
    told = "trainer.checkpoint_every_n_epochs=1"
    cut_at.append(("L", 1, 1))
    monkeypatch.setattr(LastCheckpoint, "on_save_checkpoint", lambda *_: None)
    monkeypatch.setattr(
        LastCheckpoint, "on_train_epoch_end", lambda self, trainer, _: self._save(trainer)
    )
    monkeypatch.setattr(LastCheckpoint, "_save", of_before)
    with pytest.raises(Interrupted):
        run(tmp_path / "cut", told)
    monkeypatch.undo()
    cut = run(tmp_path / "cut", told)
    assert equal(cut, straight)


def of_before(self, trainer) -> None:
    if not trainer.fit_loop.epoch_loop.batch_progress.current.processed % 3:
        trainer.save_checkpoint(self.path)
