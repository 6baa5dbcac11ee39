"""Means over folds with their spread."""

import numpy as np
import pytest

from ltlight.report.results.sweep import BALANCED, read_sweep
from ltlight.report.sections.folds_table import by_fold, folds_table
from tests.report.run_folders import write_run


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("folds") / "cv"
    for method in ("baseline", "improved"):
        for seed in (0, 1):
            for fold in range(3):
                write_run(folder, method=method, seed=seed, fold=fold, pictures=False)
    return read_sweep(folder)


def test_a_fold_is_the_mean_of_its_seeds_and_the_spread_is_of_folds(sweep):
    table = folds_table(sweep)
    for row, method in zip(table.rows, ("baseline", "improved"), strict=True):
        members = [m for m in sweep.finished if m.method == method]
        values = [
            100 * np.mean([m.folds[fold].metrics[BALANCED] for m in members]) for fold in range(3)
        ]
        assert 100 * by_fold(members, BALANCED) == pytest.approx(values)
        assert row[2:5] == [method, "2", "3"]
        assert row[5] == f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}"
        assert row[-1] == f"{min(values):.1f} to {max(values):.1f}"


def test_gains_are_paired_by_fold(sweep):
    before, after = (
        by_fold([m for m in sweep.finished if m.method == name], BALANCED)
        for name in ("baseline", "improved")
    )
    gains = 100 * (after - before)
    cells = [row[-2] for row in folds_table(sweep).rows]
    assert cells == ["", f"{gains.mean():+.1f} ± {gains.std(ddof=1):.1f}"]


def test_without_folds_there_is_no_table(toy):
    assert folds_table(toy) is None
