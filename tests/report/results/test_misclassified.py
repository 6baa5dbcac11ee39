"""The misclassified test images of a sweep."""

import json

import numpy as np
import pytest
from scipy.special import softmax

from ltlight.report.results import misclassified
from ltlight.report.results.sweep import Sweep, read_sweep
from tests.report.run_folders import write_run


@pytest.fixture
def sweep(tmp_path) -> Sweep:
    write_run(tmp_path, pictures=False)
    return read_sweep(tmp_path)


def listed(member, at_most=10**6):
    rows = misclassified.mistakes(member, at_most)
    return [dict(zip(misclassified.COLUMNS, row, strict=True)) for row in rows]


def test_every_mistake_is_there_with_its_probability(sweep):
    [member] = sweep.finished
    arrays, rows = member.folder.predictions(), listed(member)
    probability = softmax(arrays["logits"], axis=1)
    assert sorted(row["index"] for row in rows) == [
        *np.flatnonzero(arrays["logits"].argmax(1) != arrays["targets"])
    ]
    for row in rows:
        index, names = row["index"], member.metrics["class_names"]
        assert row["true"] == names[arrays["targets"][index]] != row["predicted"]
        assert float(row["probability"]) == pytest.approx(probability[index].max(), abs=1e-4)
        assert names[probability[index].argmax()] == row["predicted"]
        assert [row[name] for name in misclassified.RUN] == ["toy", 0.02, "baseline", 0]
        assert row["path"] == ""  # these pictures have no files


def test_the_most_confident_come_first_and_the_rest_is_left_out(sweep):
    [member] = sweep.finished
    rows = listed(member)
    shares = [float(row["probability"]) for row in rows]
    assert shares == sorted(shares, reverse=True)
    assert listed(member, 3) == rows[:3]


def test_files_and_temperature_are_the_runs(sweep):
    run = sweep.finished[0].folder
    files = np.array([f"test/{n}.png" for n in range(100)])
    np.savez(run.path / "predictions.npz", **run.predictions() | {"files": files})
    (run.path / "metrics.json").write_text(json.dumps(run.metrics() | {"temperature": 4.0}))
    [member] = read_sweep(sweep.path).finished
    flat = softmax(member.folder.predictions()["logits"] / 4, axis=1)
    for row in listed(member):
        assert row["path"] == f"test/{row['index']}.png"
        assert float(row["probability"]) == pytest.approx(flat[row["index"]].max(), abs=1e-4)


def test_what_is_left_out_of_a_big_sweep_is_told(sweep, monkeypatch):
    assert misclassified.rows_a_run(sweep) == misclassified.ROWS
    assert "in all" not in misclassified.told(sweep)
    wrong = (~sweep.finished[0].predictions.correct).sum()
    monkeypatch.setattr(misclassified, "ROWS", 5)
    monkeypatch.setattr(misclassified, "LEAST", 2)
    assert misclassified.rows_a_run(sweep) == 5
    assert f"the first 5 of a run, 5 of {wrong} in all" in misclassified.told(sweep)
    assert misclassified.rows_a_run(Sweep(sweep.path, sweep.finished * 10, [])) == 2
