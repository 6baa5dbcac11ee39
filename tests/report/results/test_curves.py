"""Learning curves as a run that was interrupted leaves them."""

from types import SimpleNamespace

import pytest

from ltlight.report.results.curves import mean_curve, read_curve
from ltlight.runs.run_folder import RunFolder


def member(path, text: str):
    path.mkdir()
    (path / "curves.jsonl").write_text(text)
    return SimpleNamespace(folder=RunFolder(path))


def test_the_last_line_of_an_epoch_wins_and_torn_lines_are_skipped(tmp_path):
    torn = (
        '{"epoch": 1, "a": 3.0}\n{"epoch": 2, "a": 2.0}\n{"epo{"epoch": 2, "a": 9}\n'
        '{"epoch": 2, "a": 1.5}\n{"epoch": 3, "b": 1}\n[1]\n{"epoch": 4, "a"'
    )
    assert read_curve(member(tmp_path / "run", torn), "a") == {1: 3.0, 2: 1.5}


def test_the_mean_is_over_epochs_that_every_seed_logged(tmp_path):
    first = member(tmp_path / "first", '{"epoch": 1, "a": 1}\n{"epoch": 2, "a": 3}\n')
    second = member(tmp_path / "second", '{"epoch": 2, "a": 5}\n{"epoch": 3, "a": 7}\n')
    epochs, mean, spread = mean_curve([first, second], "a")
    assert (epochs.tolist(), mean.tolist()) == ([2], [4])
    assert spread == pytest.approx([2**0.5])


def test_a_run_without_curves_has_empty_ones(tmp_path):
    nothing = SimpleNamespace(folder=RunFolder(tmp_path))
    epochs, mean, spread = mean_curve([nothing], "a")
    assert len(epochs) == len(mean) == len(spread) == 0
