"""Pairs of methods and baselines: common seeds, gains, and what counts as noise."""

import numpy as np
import pytest

from ltlight.report.results.sweep import ACCURACY, BALANCED, F1, read_sweep
from ltlight.report.stats.bootstrap import mcnemar
from ltlight.report.stats.comparison import Comparison, best, compare, mean_gain
from tests.report.run_folders import write_run


def test_a_method_is_compared_on_the_seeds_it_shares_with_the_baseline(sweep_folder):
    write_run(sweep_folder, 0.02, "improved", 7)
    write_run(sweep_folder, 0.02, "sampler", 8)
    found = {(c.ratio, c.method): c for c in compare(read_sweep(sweep_folder))}
    assert found[0.02, "improved"].seeds == [0, 1]
    assert [m.seed for m in found[0.02, "improved"].before] == [0, 1]
    alone = found[0.02, "sampler"]
    assert (alone.seeds, alone.before, alone.mcnemar) == ([8], [], None)
    assert len(alone.gain(F1)) == 0
    assert alone.is_noise(F1) is None


def test_a_baseline_without_methods_stands_alone(tmp_path):
    write_run(tmp_path, 0.02, "baseline", 0)
    [only] = compare(read_sweep(tmp_path))
    assert (only.method, only.before) == ("baseline", [])


def test_gains_and_their_statistics_are_of_the_pairs(comparisons):
    assert [c.method for c in comparisons] == ["improved", "improved"]
    for c in comparisons:
        gains = [a.metrics[F1] - b.metrics[F1] for b, a in zip(c.before, c.after, strict=True)]
        assert c.gain(F1) == pytest.approx(gains)
        for metric in (F1, ACCURACY, BALANCED):
            low, high = c.image_intervals[metric]
            assert low < c.gain(metric).mean() < high
        correct = [np.array([m.predictions.correct for m in ms]) for ms in (c.before, c.after)]
        assert c.mcnemar == mcnemar(*correct)
    expected = np.mean([c.gain(F1).mean() for c in comparisons])
    assert mean_gain(comparisons, F1) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("gains", "over_images", "noise"),
    [
        ([0.10, 0.11, 0.12], (0.05, 0.15), False),
        ([0.10, 0.11, 0.12], (-0.01, 0.22), True),  # the test images can't tell
        ([0.30, -0.10, 0.13], (0.05, 0.15), True),  # the seeds disagree
        ([0.10], (0.05, 0.15), False),
        ([-0.10, -0.11, -0.12], (-0.15, -0.05), False),  # a loss is no noise either
    ],
)
def test_noise_is_what_images_or_seeds_can_explain(monkeypatch, gains, over_images, noise):
    monkeypatch.setattr(Comparison, "gain", lambda self, metric: np.array(gains))
    c = Comparison("toy", 0.02, "improved", [], [], {F1: over_images})
    assert c.is_noise(F1) is noise


def test_the_best_of_a_ratio_may_be_the_baseline(toy, comparisons, tmp_path):
    means = {}
    for m in toy.finished:
        means.setdefault((m.ratio, m.method), []).append(m.metrics[ACCURACY])
    found = best(comparisons, ACCURACY)
    assert list(found) == [("toy", 0.1), ("toy", 0.02)]
    for (_, ratio), value in found.items():
        assert value == max(np.mean(v) for (r, _), v in means.items() if r == ratio)
    baseline = write_run(tmp_path, 0.02, "baseline", pictures=False)
    write_run(tmp_path, 0.02, "harmful", skill=0.0, pictures=False)
    [top] = best(compare(read_sweep(tmp_path)), ACCURACY).values()
    assert top == baseline.metrics()[ACCURACY]
