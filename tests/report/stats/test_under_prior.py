"""Accuracy under a prior, and its words: those of the ranking where the prior is even."""

import numpy as np
import pytest

from ltlight.report.results.group import groups
from ltlight.report.results.sweep import read_sweep
from ltlight.report.stats import under_prior as module
from ltlight.report.stats.comparison import resample
from ltlight.report.stats.difference import UNDECIDED
from ltlight.report.stats.judging import rank
from ltlight.report.stats.ranking import FREE
from ltlight.report.stats.under_prior import exponential, judged, pair_place, under_prior
from tests.report.run_folders import write_run


@pytest.fixture(scope="module")
def group(panel):
    return groups(panel)[0]


@pytest.fixture(scope="module")
def u(group):
    return under_prior(group, [])


def test_a_score_is_the_sum_of_prior_times_recall(group, u):
    prior = np.random.default_rng(0).dirichlet(np.ones(10))  # head to tail
    found = {j.method: j for j in judged(u, 7 * prior)}  # of any sum
    assert set(found) == {*group.methods, FREE}
    for method, members in group.methods.items():
        for m in members:
            recalls = m.predictions.recalls[group.order]
            assert found[method].scores[m.seed] == pytest.approx(prior @ recalls)
    scores = list(found["sampler"].scores.values())
    assert found["sampler"].mean == pytest.approx(np.mean(scores))
    assert found["sampler"].spread == pytest.approx(np.std(scores, ddof=1))


def test_a_balanced_training_set_has_no_adjusted_baseline(tmp_path):
    write_run(tmp_path, 1.0, pictures=False)
    [balanced] = groups(read_sweep(tmp_path))
    assert under_prior(balanced, []).methods == ["baseline"]


def test_it_is_the_accuracy_on_a_test_set_of_that_prior(group, u):
    """Each test image weighted by how much more often its class is met."""
    counts = np.arange(1, 11)[::-1]
    weights = counts / counts.sum()
    member = group.methods["baseline"][0]
    p = member.predictions
    share = np.bincount(p.targets) / len(p.targets)
    of_class = np.empty(10)
    of_class[group.order] = weights
    expected = np.average(p.correct, weights=(of_class / share)[p.targets])
    [found] = [j for j in judged(u, counts) if j.method == "baseline"]
    assert found.scores[member.seed] == pytest.approx(expected)


def test_under_an_even_prior_the_words_are_the_rankings(panel, u):
    [ranking] = rank(panel, resample(panel))
    found = {j.method: j for j in judged(u, np.ones(10))}
    for entry in ranking.entries:
        assert found[entry.method].mean == pytest.approx(entry.mean())
        if entry.behind is None:
            assert found[entry.method].behind is None
            continue
        here, there = found[entry.method].behind, entry.behind
        assert (here.mean, here.runs, here.seeds) == pytest.approx(
            (there.mean, there.runs, there.seeds)
        )
        assert here.error == pytest.approx(there.error, rel=0.1)  # that one is of 2,000 resamples
        assert here.word == there.word


def test_what_comes_for_free_has_the_noise_of_the_baseline(u):
    assert u.methods[u.noise_of[u.methods.index(FREE)]] == "baseline"
    assert u.freedom == 2 * 11  # of 12 methods by 3 seeds, whatever comes for free
    assert u.shares.sum() == pytest.approx(u.freedom)


def test_classes_without_test_images_are_left_out(tmp_path):
    for method in ("baseline", "improved"):
        for seed in range(3):
            write_run(tmp_path, method=method, seed=seed, untested=(1,), pictures=False)
    [group] = groups(read_sweep(tmp_path))
    u = under_prior(group, [])
    assert u.tested.tolist() == [True, False, True, True, True]
    with_it, without = judged(u, np.array([1, 5, 1, 1, 1])), judged(u, np.array([1, 0, 1, 1, 1]))
    assert [j.mean for j in with_it] == [j.mean for j in without]
    nothing = judged(u, np.array([0, 1, 0, 0, 0]))  # an even one over the others
    assert [j.mean for j in nothing] == [j.mean for j in without]


def test_with_one_seed_nothing_is_decided(tmp_path):
    write_run(tmp_path, method="baseline", skill=0.1, pictures=False)
    write_run(tmp_path, method="improved", skill=5.0, pictures=False)
    [group] = groups(read_sweep(tmp_path))
    best, other = judged(under_prior(group, []), np.ones(5))[:2]
    assert best.method == "improved"
    assert other.behind.word == UNDECIDED


def test_of_too_many_for_a_page_those_in_detail_are_left(group, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 100)
    found = under_prior(group, ["baseline", "sampler"])
    assert found.methods == ["baseline", "sampler", FREE]


def test_a_prior_falls_by_its_factor_or_rises():
    falling = exponential(5, 100)
    assert falling.sum() == pytest.approx(1)
    assert falling[0] / falling[-1] == pytest.approx(100)
    assert np.diff(np.log(falling)) == pytest.approx(-np.log(100) / 4)
    assert exponential(5, 0.01) == pytest.approx(falling[::-1])
    assert exponential(4, 1) == pytest.approx(0.25)
    assert exponential(1, 10).tolist() == [1]


def test_pairs_stand_as_numpy_lists_them():
    pairs = list(zip(*np.triu_indices(6, 1), strict=True))
    assert [pair_place(a, b, 6) for a, b in pairs] == list(range(15))
    assert pair_place(4, 2, 6) == pair_place(2, 4, 6)
