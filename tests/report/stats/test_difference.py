"""Both noises of a difference, against closed formulas and by simulation of their sources."""

import numpy as np
import pytest
from scipy import stats

from ltlight.report.stats.difference import (
    BETTER,
    UNDECIDED,
    WORSE,
    Difference,
    Family,
    SeedNoise,
    difference,
    seed_noise,
)

PAIR = Family(2)  # one comparison: Student's t


def test_noise_of_seeds_is_the_residual_of_a_two_way_layout():
    values = np.random.default_rng(1).normal(size=(6, 4))
    found = seed_noise([dict(enumerate(row)) for row in values])
    centred = values - values.mean(0) - values.mean(1, keepdims=True) + values.mean()
    assert found.freedom == 5 * 3
    assert found.variance == pytest.approx((centred**2).sum() / 15)
    # A method's own: s - 1 degrees of freedom, less its share of those of the seeds' levels.
    own = (centred**2).sum(axis=1) / (3 * (1 - 1 / 6))
    assert found.own == pytest.approx(own)
    assert [found.of(m) for m in range(6)] == pytest.approx(np.maximum(own, found.variance))


def test_of_two_methods_the_noise_is_that_of_their_paired_gains():
    values = np.random.default_rng(7).normal(size=(2, 5))
    found = seed_noise([dict(enumerate(row)) for row in values])
    assert found.freedom == 4
    assert found.of(0) + found.of(1) == pytest.approx((values[0] - values[1]).var(ddof=1))


def test_noise_of_seeds_does_not_mind_levels_or_missing_seeds():
    """Over 300 layouts the mean variance is the true one, 4, within 4 standard errors."""
    generator = np.random.default_rng(2)
    found = []
    for _ in range(300):
        levels, of_seeds = 50 * generator.normal(size=10), 20 * generator.normal(size=3)
        methods = [
            {s: levels[m] + of_seeds[s] + 2 * generator.normal() for s in range(1 + m % 3)}
            for m in range(10)
        ]
        found.append(seed_noise(methods))
    freedom = found[0].freedom
    assert freedom == sum(1 + m % 3 for m in range(10)) - 10 - 2
    error = 4 * np.sqrt(2 / freedom / 300)
    assert np.mean([n.variance for n in found]) == pytest.approx(4, abs=4 * error)


def test_one_seed_says_nothing_of_the_noise_between_seeds():
    assert seed_noise([{0: 0.5}, {0: 0.6}, {0: 0.7}]) is None
    drawn = np.random.default_rng(3).normal(0.1, 0.02, (1, 1000))
    alone = difference(np.array([0.1]), drawn, None, (0, 1), PAIR)
    assert (alone.error, alone.runs) == (pytest.approx(drawn.std(ddof=1)), None)
    half = stats.norm.isf(0.025) * alone.error
    assert alone.interval == pytest.approx((0.1 - half, 0.1 + half), rel=1e-3)
    assert alone.word == UNDECIDED  # whatever the interval


@pytest.mark.parametrize(
    ("mean", "seeds", "word"),
    [(0.5, 3, BETTER), (-0.5, 3, WORSE), (0.05, 3, UNDECIDED), (0.5, 2, UNDECIDED)],
)
def test_the_word_is_what_the_interval_says_from_three_seeds_on(mean, seeds, word):
    d = Difference(mean, seeds, images=0.001, runs=0.003, freedom=40, family=PAIR)
    low, high = d.interval
    assert d.word == word
    if seeds > 2:
        assert (low <= 0 <= high) == (word == UNDECIDED)
    assert high - mean == pytest.approx(mean - low)


def test_an_interval_is_of_both_noises_and_of_its_family():
    d = Difference(0.3, 3, images=0.01, runs=0.06, freedom=8, family=PAIR)
    assert d.error == pytest.approx(np.sqrt(0.01 + 0.02))
    # Welch and Satterthwaite: the images' part is known, that of the seeds has 8 degrees.
    freedom = 8 * (0.03 / 0.02) ** 2
    assert d.half_width == pytest.approx(stats.t.isf(0.025, freedom) * d.error, rel=0.003)
    wider = Difference(0.3, 3, 0.01, 0.06, 8, Family(12))
    widest = Difference(0.3, 3, 0.01, 0.06, 8, Family(12, chosen=True))
    assert d.half_width < wider.half_width < widest.half_width


def test_no_noise_at_all_is_no_error():
    assert Difference(0.0, 3, 0.0, 0.0, 4, PAIR).word == UNDECIDED
    assert Difference(0.1, 3, 0.0, 0.0, 4, PAIR).word == BETTER


def test_a_method_whose_seeds_scatter_more_counts_with_its_own_noise():
    drawn = np.full((3, 10), 0.1)  # no noise of images
    noise = SeedNoise(1e-4, 60, (1e-5, 1e-4, 4e-2))
    tame = difference(np.array([0.11, 0.10, 0.09]), drawn, noise, (0, 1), PAIR)
    assert (tame.runs, tame.freedom) == (pytest.approx(2e-4), 60)
    wild = difference(np.array([0.3, -0.3, 0.3]), drawn, noise, (2, 1), PAIR)
    assert wild.runs == pytest.approx(4e-2 + 1e-4)


def panel(generator: np.random.Generator, methods: int, seeds: int, images: int, weights):
    """Every method's scores [M, S] and their resamples [M, S, B]; no method is better.

    An image is harder for one method than for another, a training has a good or a bad day, and
    each training gets some images by chance.
    """
    images_of = 0.6 * generator.normal(size=(methods, 1, images))
    days = 0.05 * generator.normal(size=(methods, seeds, 1))
    chance = 0.8 * generator.normal(size=(methods, seeds, images))
    scores = images_of + days + chance
    return scores.mean(axis=-1), scores @ weights


def resamples(generator: np.random.Generator, images: int, draws: int) -> np.ndarray:
    return generator.multinomial(images, np.full(images, 1 / images), draws).T / images


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_interval_covers_no_difference_as_often_as_it_says(seeds):
    """95 % or more of 600 intervals, less three standard errors of that share (2.7 points)."""
    generator = np.random.default_rng(seeds)
    weights = resamples(generator, 100, 150)
    covered = 0
    for _ in range(600):
        values, drawn = panel(generator, 8, seeds, 100, weights)
        noise = seed_noise([dict(enumerate(row)) for row in values])
        d = difference(values[0] - values[1], drawn[0] - drawn[1], noise, (0, 1), PAIR)
        covered += d.interval[0] <= 0 <= d.interval[1]
    assert covered / 600 > 0.95 - 0.027


def test_more_images_leave_the_noise_of_seeds_alone():
    """Of the same difficulty: the images' part of the variance falls as their number rises."""
    generator = np.random.default_rng(4)
    of_images = []
    for images in (50, 5000):
        values, drawn = panel(generator, 12, 3, images, resamples(generator, images, 300))
        noise = seed_noise([dict(enumerate(row)) for row in values])
        found = [
            difference(values[i] - values[0], drawn[i] - drawn[0], noise, (i, 0), PAIR)
            for i in range(1, 12)
        ]
        of_images.append(np.median([d.images for d in found]))
        assert np.median([d.runs for d in found]) > 0.05**2
    assert of_images[1] < of_images[0] / 30
