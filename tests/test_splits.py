"""The real command: cross-validation in folds, and a split that is given back."""

import csv

import numpy as np
import pytest

from tests.commands import SHORT, TINY, run_here, run_of
from tests.conftest import write_tree


def test_folds_are_swept_and_reported_together(tmp_path):
    sweep = ("-m", *SHORT, "name=cv", "method=baseline,improved", "data.ratio=0.1", "data.folds=3")
    part = run_here(*sweep, "data.fold=0,2", cwd=tmp_path)
    assert part.returncode == 0, part.stderr
    assert "seed 0 has 2 of 3 folds and is left out of the report: run data.fold=1" in part.stdout
    done = run_here(*sweep, "data.fold=0,1,2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("finished before") == 4
    assert "Each seed's 3 folds are taken together: every one of 1,200 images" in done.stdout
    runs = sorted((tmp_path / "outputs/cv").glob("digits/ratio=0.1/method=*/fold=*/seed=0"))
    assert len(runs) == 6
    with (tmp_path / "outputs/cv/results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["method"] for row in rows] == ["baseline", "improved"]
    for row, folds in zip(rows, (runs[:3], runs[3:]), strict=True):
        arrays = [np.load(run / "predictions.npz") for run in folds]
        correct = [a["logits"].argmax(axis=1) == a["targets"] for a in arrays]
        assert float(row["test/accuracy"]) == pytest.approx(np.concatenate(correct).mean())


def test_a_split_is_given_back(tmp_path, digit_sets):
    """The same images on the same sides make the same network, to the last bit."""
    tree = write_tree(tmp_path / "tree", digit_sets[0], 12)
    used = (*TINY[1:], "trainer.max_epochs=1", "trainer.check_val_every_n_epoch=1")
    used += ("data.val_fraction=0.2", "data.test_fraction=0.25")
    folder = ("data=folder", f"data.root={tree}", "data.name=mine", 'data.group="([^/]*)[.]png"')
    first = run_here(*folder, *used, "name=first", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    split = run_of(tmp_path, "first", data="mine").path / "split.csv"
    with split.open() as file:
        rows = list(csv.DictReader(file))
    sides = {name: {r["group"] for r in rows if r["split"] == name} for name in ("train", "test")}
    assert len(rows) == 120
    assert not sides["train"] & sides["test"]
    given = ("data=table", f'data.root="{split}"', f"data.images={tree}", "data.name=mine")
    used = [key for key in used if "fraction" not in key]
    second = run_here(*given, *used, "name=second", cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    runs = [split.parent, run_of(tmp_path, "second", data="mine").path]
    found = [dict(np.load(run / "predictions.npz")) for run in runs]
    assert found[0].keys() == found[1].keys()
    for name, values in found[0].items():
        np.testing.assert_array_equal(found[1][name], values)
