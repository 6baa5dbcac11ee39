"""Intervals and tests against independent computations on fixed data, and by simulation."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from ltlight.report.stats import bootstrap

CLASSES = 4


def middle(values: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of bootstrap values."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def population(n: int, seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Targets and two methods' labels, whose mistakes share a cause: the image's difficulty."""
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, CLASSES, n)
    difficulty = generator.random(n)
    labels = []
    for skill in (0.5, 0.6):
        correct = 0.7 * difficulty + 0.3 * generator.random(n) < skill - 0.05 * targets
        labels.append(np.where(correct, targets, generator.integers(0, CLASSES, n)))
    return targets, labels


def plain_f1(targets: np.ndarray, labels: np.ndarray) -> float:
    """Macro-F1 by its definition, 20 times as fast as scikit-learn's."""
    classes = np.arange(CLASSES)[:, None]
    true, called = targets == classes, labels == classes
    return (2 * (true & called).sum(1) / (true.sum(1) + called.sum(1))).mean()


def f1_gain(targets: np.ndarray, before: np.ndarray, after: np.ndarray) -> float:
    return plain_f1(targets, after) - plain_f1(targets, before)


def test_interval_of_accuracy_is_scipys():
    targets, (before, after) = population(400, seed=1)
    found = bootstrap.bootstrap(targets, [before, after], CLASSES, draws=20_000)["accuracy"]
    theirs = stats.bootstrap(
        ((after == targets).astype(float), (before == targets).astype(float)),
        lambda a, b, axis: a.mean(axis) - b.mean(axis),
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=20_000,
        rng=np.random.default_rng(2),
    ).confidence_interval
    interval = middle(found[1] - found[0])
    assert interval == pytest.approx((theirs.low, theirs.high), abs=0.003)


def test_interval_of_macro_f1_is_scipys():
    targets, (before, after) = population(150, seed=2)
    assert plain_f1(targets, after) == pytest.approx(f1_score(targets, after, average="macro"))
    found = bootstrap.bootstrap(targets, [before, after], CLASSES, draws=20_000)["f1_macro"]
    theirs = stats.bootstrap(
        (targets, before, after),
        f1_gain,
        paired=True,
        vectorized=False,
        method="percentile",
        n_resamples=1500,
        rng=np.random.default_rng(2),
    ).confidence_interval
    interval = middle(found[1] - found[0])
    assert interval == pytest.approx((theirs.low, theirs.high), abs=0.012)


def test_a_resample_counts_its_images(monkeypatch):
    targets, (before, _) = population(60, seed=3)
    times = bootstrap._times_drawn(60, 5, np.random.default_rng(0))
    found = bootstrap.bootstrap(targets, [before], CLASSES, draws=5)
    for draw in range(5):
        drawn = np.repeat(np.arange(60), times[:, draw].astype(int))
        assert len(drawn) == 60
        f1 = f1_score(targets[drawn], before[drawn], average="macro")
        assert found["f1_macro"][0, draw] == pytest.approx(f1, abs=1e-6)
        correct = before[drawn] == targets[drawn]
        assert found["accuracy"][0, draw] == pytest.approx(correct.mean(), abs=1e-6)
        recalls = [correct[targets[drawn] == c].mean() for c in np.unique(targets[drawn])]
        assert found["balanced_accuracy"][0, draw] == pytest.approx(np.mean(recalls), abs=1e-6)
    monkeypatch.setattr(bootstrap, "BLOCK", 60 * 2)  # blocks of two resamples
    again = bootstrap.bootstrap(targets, [before, before], CLASSES, draws=5)
    assert again["accuracy"].shape == (2, 5)
    assert (again["accuracy"][0] == again["accuracy"][1]).all()


def test_groups_are_drawn_whole_as_an_independent_count_of_them_says():
    targets, (before, after) = population(90, seed=5)
    groups = np.random.default_rng(1).choice(["b", "a", "d", "c", "e"], 90)
    found = bootstrap.bootstrap(targets, [before, after], CLASSES, draws=6, groups=groups)
    times = bootstrap._times_drawn(5, 6, np.random.default_rng(0)).astype(int)
    for draw in range(6):
        drawn = np.concatenate(
            [
                np.flatnonzero(groups == name)
                for name, count in zip("abcde", times[:, draw], strict=True)
                for _ in range(count)
            ]
        )
        for row, labels in enumerate((before, after)):
            tested = np.unique(targets[drawn])
            f1 = f1_score(targets[drawn], labels[drawn], labels=tested, average="macro")
            correct = labels[drawn] == targets[drawn]
            recalls = [correct[targets[drawn] == c].mean() for c in tested]
            values = {"accuracy": correct.mean(), "f1_macro": f1}
            values["balanced_accuracy"] = np.mean(recalls)
            for name, value in values.items():
                assert found[name][row, draw] == pytest.approx(value, abs=1e-6)


def test_groups_whose_images_are_alike_make_intervals_as_wide_as_few_images():
    """100 groups of 9 equal images say what 100 images say; the plain bootstrap thinks 900."""
    targets, (before, after) = population(100, seed=6)
    nine = [np.repeat(values, 9) for values in (targets, before, after)]
    groups = np.repeat(np.arange(100), 9)

    def width(targets: np.ndarray, runs: list[np.ndarray], **more: np.ndarray) -> float:
        found = bootstrap.bootstrap(targets, runs, CLASSES, draws=4000, **more)["accuracy"]
        low, high = middle(found[1] - found[0])
        return high - low

    once, plain = width(targets, [before, after]), width(nine[0], nine[1:])
    assert width(nine[0], nine[1:], groups=groups) == pytest.approx(once, rel=0.05)
    assert plain == pytest.approx(once / 3, rel=0.05)


def test_of_one_group_the_images_are_drawn():
    targets, (before, _) = population(50, seed=7)
    plain = bootstrap.bootstrap(targets, [before], CLASSES, draws=20)
    found = bootstrap.bootstrap(targets, [before], CLASSES, draws=20, groups=np.full(50, "only"))
    for name, values in plain.items():
        np.testing.assert_array_equal(found[name], values)


@pytest.mark.parametrize("score", ["accuracy", "f1_macro"])
def test_interval_covers_the_truth_as_often_as_it_says(score):
    """95 % of 400 intervals, give or take three standard errors of that share (3.3 points)."""
    targets, runs = population(400_000, seed=4)
    truth = np.array([(labels == targets).mean() for labels in runs])
    if score == "f1_macro":
        truth = np.array([f1_score(targets, labels, average="macro") for labels in runs])
    covered = 0
    for trial in range(400):
        sample, labels = population(300, seed=1000 + trial)
        found = bootstrap.bootstrap(sample, labels, CLASSES, draws=400, seed=trial)[score]
        low, high = middle(found[1] - found[0])
        covered += low <= truth[1] - truth[0] <= high
    assert covered / 400 == pytest.approx(0.95, abs=0.033)


def exact_mcnemar(gained: int, lost: int) -> float:
    """Twice the smaller tail of a fair coin, at most 1 (Fay 2010)."""
    n = gained + lost
    tail = sum(math.comb(n, k) for k in range(min(gained, lost) + 1)) / 2**n
    return min(1.0, 2 * tail)


@pytest.mark.parametrize(("gained", "lost"), [(10, 2), (7, 7), (0, 6), (30, 17), (0, 0)])
def test_mcnemar_of_one_seed_is_the_exact_binomial(gained, lost):
    before = np.array([[False] * gained + [True] * lost + [True] * 5 + [False] * 5])
    after = np.array([[True] * gained + [False] * lost + [True] * 5 + [False] * 5])
    assert bootstrap.mcnemar(before, after) == pytest.approx(exact_mcnemar(gained, lost))


def test_mcnemar_counts_an_image_once_however_many_seeds_there_are():
    before = np.array([[False] * 8 + [True] * 2])
    after = ~before
    p = bootstrap.mcnemar(before, after)
    assert bootstrap.mcnemar(before.repeat(5, axis=0), after.repeat(5, axis=0)) == p
    # One seed for, one against: the image says nothing.
    undecided = np.array([[True], [False]])
    assert bootstrap.mcnemar(undecided, ~undecided) == 1
