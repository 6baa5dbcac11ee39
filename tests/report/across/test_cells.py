import json

import numpy as np
import pytest

from ltlight.errors import UserError
from ltlight.report.across.cells import read_cells
from tests.report.run_folders import write_run


def sweep(folder, data, methods=("baseline", "improved"), ratios=(0.1, 0.02), seeds=2):
    for ratio in ratios:
        for method in methods:
            for seed in range(seeds):
                write_run(folder, ratio, method, seed, data=data)
    return folder


def test_a_cell_holds_the_means_over_seeds(tmp_path):
    cells = read_cells([sweep(tmp_path / "a", "toy"), sweep(tmp_path / "b", "other")])
    assert cells.names == ["toy 0.1", "toy 0.02", "other 0.1", "other 0.02"]
    assert cells.methods == ["baseline", "improved"]
    assert cells.data_sets == ["toy", "other"]
    np.testing.assert_array_equal(cells.clusters, [0, 0, 1, 1])
    runs = [write_run(tmp_path / "c", 0.1, "improved", seed, data="toy") for seed in range(2)]
    mean = np.mean([run.metrics()["test/balanced_accuracy"] for run in runs])
    assert cells.scores[0, 1] == pytest.approx(mean)
    assert cells.cells[0].seeds == 2


def test_methods_that_a_cell_lacks_are_left_out_and_named(tmp_path):
    a = sweep(tmp_path / "a", "toy", ("baseline", "improved", "sampler"))
    cells = read_cells([a, sweep(tmp_path / "b", "other")])
    assert (cells.methods, cells.left_out) == (["baseline", "improved"], ["sampler"])


def test_one_data_set_in_two_sweeps_is_one_cluster_and_told_apart(tmp_path):
    cells = read_cells([sweep(tmp_path / name, "toy", ratios=(0.1,)) for name in ("a", "b")])
    assert cells.names == ["toy 0.1 (a)", "toy 0.1 (b)"]
    assert cells.data_sets == ["toy"]


def test_what_can_not_be_ranked_is_refused(tmp_path):
    a = sweep(tmp_path / "a", "toy", ratios=(0.1,))
    with pytest.raises(UserError, match="named twice: name every sweep once"):
        read_cells([a, a])
    with pytest.raises(UserError, match="nothing to rank over: name more sweeps"):
        read_cells([a])
    with pytest.raises(UserError, match="1 finished method in common"):
        read_cells([a, sweep(tmp_path / "b", "other", ("baseline", "sampler"))])


def test_scores_that_differ_by_rounding_alone_are_equal(tmp_path):
    a = sweep(tmp_path / "a", "toy", seeds=1)
    for run in (tmp_path / "a").rglob("metrics.json"):
        metrics = json.loads(run.read_text())
        tiny = 1e-15 * ("improved" in str(run))
        run.write_text(json.dumps(metrics | {"test/balanced_accuracy": 0.5 + tiny}))
    scores = read_cells([a]).scores
    assert (scores[:, 0] == scores[:, 1]).all()
