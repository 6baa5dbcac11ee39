"""A bar on a terminal; in a log file a few lines that show how fast the run moves."""

import logging
import re
from types import SimpleNamespace

import pytest
import torch

from ltlight.callbacks import progress as module
from ltlight.callbacks.progress import EpochBar, EpochLines, progress


@pytest.mark.parametrize(("terminal", "kind"), [(True, EpochBar), (False, EpochLines)])
def test_the_display_fits_the_standard_output(monkeypatch, terminal, kind):
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
    assert type(progress()) is kind


def test_the_bar_shows_the_metrics_that_there_are():
    known = {"train/loss": torch.tensor(1.23456), "test/f1_macro": torch.tensor(0.5), "x": 1}
    trainer = SimpleNamespace(callback_metrics=known)
    assert EpochBar().get_metrics(trainer, None) == {
        "train/loss": "1.235",
        "test/f1_macro": "0.500",
    }


def lines(monkeypatch, caplog, epochs: range, total: int, **more) -> list[str]:
    """What a training logs that takes two seconds an epoch."""
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    callback = EpochLines()
    trainer = SimpleNamespace(
        current_epoch=epochs.start,
        max_epochs=total,
        is_global_zero=True,
        callback_metrics={"train/loss": torch.tensor(0.25)},
    )
    vars(trainer).update(more)
    with caplog.at_level(logging.INFO, logger="ltlight"):
        callback.on_train_start(trainer, None)
        for epoch in epochs:
            trainer.current_epoch = epoch
            callback.on_train_epoch_start(trainer, None)
            now[0] += 2
    return [record.getMessage().strip() for record in caplog.records]


def test_five_times_a_run_with_the_time_that_is_left(monkeypatch, caplog):
    assert lines(monkeypatch, caplog, range(50), 50) == [
        "epoch 10/50, training loss 0.2500, 20 s, 80 s to go",
        "epoch 20/50, training loss 0.2500, 40 s, 60 s to go",
        "epoch 30/50, training loss 0.2500, 60 s, 40 s to go",
        "epoch 40/50, training loss 0.2500, 80 s, 20 s to go",
    ]


def test_a_resumed_run_is_timed_from_where_it_was_resumed(monkeypatch, caplog):
    said = lines(monkeypatch, caplog, range(25, 50), 50)
    assert [re.match(r"epoch (\d+)", line)[1] for line in said] == ["30", "40"]
    assert said[0].endswith("10 s, 40 s to go")  # five epochs since, twenty ahead


def test_a_short_run_says_every_epoch_and_other_ranks_nothing(monkeypatch, caplog):
    assert len(lines(monkeypatch, caplog, range(3), 3)) == 2
    caplog.clear()
    assert lines(monkeypatch, caplog, range(3), 3, is_global_zero=False) == []
