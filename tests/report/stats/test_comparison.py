"""Pairs of methods and baselines: common seeds, and McNemar's test of them."""

import numpy as np

from ltlight.report.results.sweep import read_sweep
from ltlight.report.stats.bootstrap import mcnemar
from ltlight.report.stats.comparison import compare
from tests.report.run_folders import write_run


def test_a_method_is_compared_on_the_seeds_it_shares_with_the_baseline(sweep_folder):
    write_run(sweep_folder, 0.02, "improved", 7)
    write_run(sweep_folder, 0.02, "sampler", 8)
    found = {(c.ratio, c.method): c for c in compare(read_sweep(sweep_folder))}
    assert found[0.02, "improved"].seeds == [0, 1]
    assert [m.seed for m in found[0.02, "improved"].before] == [0, 1]
    alone = found[0.02, "sampler"]
    assert (alone.seeds, alone.before, alone.mcnemar) == ([8], [], None)


def test_a_baseline_without_methods_stands_alone(tmp_path):
    write_run(tmp_path, 0.02, "baseline", 0)
    [only] = compare(read_sweep(tmp_path))
    assert (only.method, only.before) == ("baseline", [])


def test_mcnemar_is_of_the_pairs(comparisons):
    assert [c.method for c in comparisons] == ["improved", "improved"]
    for c in comparisons:
        correct = [np.array([m.predictions.correct for m in ms]) for ms in (c.before, c.after)]
        assert c.mcnemar == mcnemar(*correct)
