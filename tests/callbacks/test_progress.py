"""A bar on a terminal; in a log file a few lines that show how fast the run moves."""

import io
import logging
import re
from types import SimpleNamespace

import pytest
import torch
from rich.console import Console
from rich.progress import Progress, TextColumn

from ltlight.callbacks import progress as module
from ltlight.callbacks.progress import EpochBar, EpochLines, progress


@pytest.mark.parametrize(("terminal", "kind"), [(True, EpochBar), (False, EpochLines)])
def test_the_display_fits_the_standard_output(monkeypatch, terminal, kind):
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
    assert type(progress()) is kind


KNOWN = {
    "train/loss": torch.tensor(1.23456),
    "test/f1_macro": torch.tensor(0.5),
    "val/f1_macro": torch.tensor(0.25),
    "x": 1,
}


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (40, {}),
        (60, {"loss": "1.235"}),
        (80, {"loss": "1.235", "val F1": "0.250"}),
        (120, {"loss": "1.235", "val F1": "0.250", "test F1": "0.500"}),
    ],
)
def test_the_bar_is_a_line_with_the_metrics_that_it_has_room_for(monkeypatch, columns, shown):
    console = Console(width=columns, file=io.StringIO(), force_terminal=True)
    monkeypatch.setattr(module, "get_console", lambda: console)
    bar = EpochBar()
    metrics = bar.get_metrics(SimpleNamespace(callback_metrics=KNOWN), None)
    assert metrics == shown
    text = TextColumn(" ".join(f"{name}: {value}" for name, value in metrics.items()))
    drawn = Progress(*bar.configure_columns(None), text, console=console)
    drawn.add_task("Epoch 100/199" if columns > 40 else "Epoch 9/49", total=3200, completed=3100)
    console.print(drawn.make_tasks_table(drawn.tasks))
    [line] = console.file.getvalue().splitlines()  # unbroken
    line = re.sub(r"\x1b\[[\d;]*m", "", line)
    assert "3100/3200" in line
    assert "…" not in line
    assert len(line.rstrip()) <= columns


def test_a_metric_that_there_is_not_yet_is_left_out(monkeypatch):
    monkeypatch.setattr(module, "get_console", lambda: Console(width=100))
    trainer = SimpleNamespace(callback_metrics={"test/f1_macro": torch.tensor(0.5)})
    assert EpochBar().get_metrics(trainer, None) == {"test F1": "0.500"}


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
