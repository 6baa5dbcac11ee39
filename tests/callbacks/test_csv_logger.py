import csv

import pytest

from ltlight.runs.curves import read_curves
from tests.commands import SHORT, run_here, run_of


def test_the_table_holds_the_curves(tmp_path):
    told = (*SHORT, "trainer.max_epochs=3", "trainer.check_val_every_n_epoch=2")
    done = run_here(*told, "logger=csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = run_of(tmp_path, "sweep")
    rows = list(csv.DictReader((run.path / "curves.csv").open()))
    curves = read_curves(run)
    assert [int(row["epoch"]) for row in rows] == [*curves] == [1, 2, 3]
    for row, metrics in zip(rows, curves.values(), strict=True):
        assert {k: float(v) for k, v in row.items() if v and k != "epoch"} == metrics
    assert rows[0]["test/accuracy"] == ""  # looked at after two epochs, and at the end
    assert float(rows[0]["train/lr"]) == pytest.approx(0.01)
    assert not (run.path / "tensorboard").exists()


def test_a_resumed_run_may_log_elsewhere(tmp_path):
    """Where metrics go changes nothing of what is computed."""
    first = run_here(*SHORT, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    again = run_here(*SHORT, "logger=[tensorboard,csv]", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "finished before" in again.stdout
