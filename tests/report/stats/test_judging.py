"""Every comparison of many methods: what is paired, what is corrected, what is near the best."""

import numpy as np
import pytest

from ltlight.report.results.sweep import ACCURACY, BALANCED, F1, read_sweep
from ltlight.report.stats.advice import advice
from ltlight.report.stats.comparison import resample
from ltlight.report.stats.difference import UNDECIDED, Family
from ltlight.report.stats.judging import rank
from ltlight.report.stats.ranking import FREE
from ltlight.report.stats.verdict import choose, headline
from tests.report.run_folders import write_panel, write_run


@pytest.fixture(scope="module")
def ranking(tmp_path_factory):
    """Of 12 methods by 3 seeds, with test images enough to tell the best from the others."""
    folder = tmp_path_factory.mktemp("panel")
    write_panel(folder, num_classes=10, test_per_class=40)
    sweep = read_sweep(folder)
    [found] = rank(sweep, resample(sweep))
    return found


def test_every_data_set_and_ratio_has_a_ranking(tmp_path):
    write_panel(tmp_path, 4, seeds=1, ratios=(0.1, 0.02))
    sweep = read_sweep(tmp_path)
    assert [r.group.ratio for r in rank(sweep, resample(sweep))] == [0.1, 0.02]


def test_methods_are_ordered_by_their_mean_recall_over_seeds(ranking):
    means = {
        m: np.mean([r.metrics[BALANCED] for r in runs]) for m, runs in ranking.group.methods.items()
    }
    assert [e.method for e in ranking.entries] == sorted(means, key=lambda m: -means[m])
    assert [e.rank for e in ranking.entries] == list(range(1, 13))
    assert ranking.entry("improved").cost.seconds == 11


def test_noise_joins_equals_and_parts_what_differs(ranking):
    assert {e.method for e in ranking.near} == {"sampler", "augment"}
    assert [e.method for e in ranking.entries if e.loses] == ["improved"]
    assert {e.method for e in ranking.entries if e.beats_free} == {"sampler", "augment"}


def test_gains_are_paired_by_seed_and_corrected_together(ranking):
    baseline = ranking.group.methods["baseline"]
    for e in ranking.remedies:
        for metric in (BALANCED, F1):
            pairs = zip(e.members, baseline, strict=True)
            gain = np.mean([new.metrics[metric] - old.metrics[metric] for new, old in pairs])
            assert e.gains[metric].mean == pytest.approx(gain)
        # Twelve methods and what is free; the chosen best; eleven and the adjusted baseline.
        assert e.gain.family == Family(13)
        assert e.over_free.family == Family(12)
        assert e.behind is None or e.behind.family == Family(12, chosen=True)
    assert ranking.baseline.gains == {}
    assert ranking.baseline.over_free is None
    assert ranking.first.behind is None


def test_the_free_correction_is_the_baselines_own_predictions(ranking):
    baseline = ranking.group.methods["baseline"]
    assert ranking.free.method == FREE
    correct = [np.mean(m.predictions.adjusted == m.predictions.targets) for m in baseline]
    assert ranking.free.mean(ACCURACY) == pytest.approx(np.mean(correct))
    drawn = np.array([*ranking.free.resampled[ACCURACY].values()])
    assert drawn.mean() == pytest.approx(np.mean(correct), abs=0.005)
    plain = np.array([*ranking.entry("baseline").resampled[ACCURACY].values()])
    # Drawn on the same images: the difference is less noisy than two independent ones.
    assert (drawn - plain).var() < drawn.var() + plain.var()


def test_methods_with_other_seeds_are_compared_on_common_ones(tmp_path):
    write_panel(tmp_path, 6, seeds=2)
    write_run(tmp_path, 0.02, "late", 1, pull=0.3)
    write_run(tmp_path, 0.02, "apart", 9, pull=0.3)
    sweep = read_sweep(tmp_path)
    [found] = rank(sweep, resample(sweep))
    late, baseline = found.entry("late"), found.group.methods["baseline"][1]
    gain = late.members[0].metrics[BALANCED] - baseline.metrics[BALANCED]
    assert late.gains[BALANCED].mean == pytest.approx(gain)
    apart = found.entry("apart")
    assert (apart.gains, apart.over_free, apart.behind) == ({}, None, None)
    assert late.gain.word == UNDECIDED  # one seed


def test_without_a_baseline_there_is_an_order_and_nothing_more(tmp_path):
    for n in range(5):
        write_run(tmp_path, 0.02, f"remedy{n}", pull=0.2 * n)
    sweep = read_sweep(tmp_path)
    [found] = rank(sweep, resample(sweep))
    assert found.free is None
    assert all(e.gains == {} and not e.beats_free for e in found.entries)
    assert found.entries[1].behind is not None


def test_there_is_no_free_correction_of_a_balanced_training_set(tmp_path):
    for method, skill in (("baseline", 2.0), ("cosine", 3.0)):
        for seed in range(3):
            write_run(tmp_path, 1.0, method, seed, pictures=False, skill=skill)
    sweep = read_sweep(tmp_path)
    [found] = rank(sweep, resample(sweep))
    assert found.free is None
    assert [e.over_free for e in found.entries] == [None, None]
    assert found.entry("cosine").gain.family == Family(2)
    assert choose(found).method == "cosine"


def test_a_baseline_alone_on_a_balanced_set_is_compared_with_nothing(tmp_path):
    write_run(tmp_path, 1.0, pictures=False)
    sweep = read_sweep(tmp_path)
    found = rank(sweep, resample(sweep))
    assert choose(found[0]).method is None
    assert headline(found) == "Nothing is compared with the baseline at 1"
    assert advice(found) == []


def test_the_free_correction_has_gains_and_no_place(ranking):
    assert (ranking.free.rank, ranking.free.behind) == (0, None)
    gain = ranking.free.gains[BALANCED].mean
    assert gain == pytest.approx(ranking.free.mean() - ranking.entry("baseline").mean())


def test_accuracy_is_called_balanced_only_where_the_test_set_is_not(ranking, tmp_path):
    assert (ranking.has_balanced_test, ranking.label) == (True, "accuracy %")
    write_panel(tmp_path, 5, seeds=1)
    for file in tmp_path.glob("**/predictions.npz"):
        with np.load(file) as arrays:
            np.savez(file, **{k: v if k == "class_counts" else v[:-7] for k, v in arrays.items()})
    sweep = read_sweep(tmp_path)
    [other] = rank(sweep, resample(sweep))
    assert (other.has_balanced_test, other.label) == (False, "balanced accuracy %")
