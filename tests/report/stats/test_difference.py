"""Both noises of a difference, against closed formulas and by simulation of their sources."""

import numpy as np
import pytest
from scipy import stats

from ltlight.report.stats.difference import Difference, SeedNoise, difference, holm, seed_noise


def rejected_by_definition(p: list[float], alpha: float) -> set[int]:
    """Holm (1979): the smallest p against alpha / m, the next against alpha / (m - 1), …"""
    found = set()
    for step, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        if p[i] > alpha / (len(p) - step):
            break
        found.add(i)
    return found


def test_holms_correction_rejects_what_the_step_down_procedure_does():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    generator = np.random.default_rng(0)
    for _ in range(200):
        p = (generator.random(8) ** 4).tolist()
        corrected = holm(p)
        for alpha in (0.01, 0.05, 0.3):
            assert {i for i in range(8) if corrected[i] <= alpha} == rejected_by_definition(
                p, alpha
            )
    assert holm([]) == []


def test_noise_of_seeds_is_the_residual_of_a_two_way_layout():
    values = np.random.default_rng(1).normal(size=(6, 4))
    found = seed_noise([dict(enumerate(row)) for row in values])
    centred = values - values.mean(0) - values.mean(1, keepdims=True) + values.mean()
    assert found.freedom == 5 * 3
    assert found.variance == pytest.approx((centred**2).sum() / 15)


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
    alone = difference(np.array([0.1]), drawn, None)
    assert (alone.error, alone.images) == (pytest.approx(drawn.std(ddof=1)), 1)
    assert alone.interval == pytest.approx(
        (0.1 - 1.959964 * alone.error, 0.1 + 1.959964 * alone.error)
    )


def test_p_and_interval_agree_and_no_difference_is_no_evidence():
    d = Difference(0.3, 0.1, 7.0, 0.5)
    assert d.p == pytest.approx(2 * stats.t.sf(3, 7))
    edge = Difference(d.half_width(0.05), 0.1, 7.0, 0.5)
    assert edge.p == pytest.approx(0.05)
    assert edge.interval[0] == pytest.approx(0, abs=1e-12)
    assert Difference(0.0, 0.0, np.inf, 1.0).p == 1


def test_a_method_whose_seeds_scatter_far_more_keeps_its_own_noise():
    drawn = np.full((3, 10), 0.1)  # no noise of images
    shared = SeedNoise(1e-4, 60)
    tame = difference(np.array([0.11, 0.10, 0.09]), drawn, shared)
    assert (tame.error, tame.freedom) == (pytest.approx(np.sqrt(2e-4 / 3)), pytest.approx(60))
    wild = np.array([0.3, -0.3, 0.3])
    found = difference(wild, drawn, shared)
    assert found.error == pytest.approx(wild.std(ddof=1) / np.sqrt(3))
    assert found.freedom == pytest.approx(2)


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
    """95 % of 600 intervals, give or take three standard errors of that share (2.7 points)."""
    generator = np.random.default_rng(seeds)
    weights = resamples(generator, 100, 150)
    covered = 0
    for _ in range(600):
        values, drawn = panel(generator, 8, seeds, 100, weights)
        noise = seed_noise([dict(enumerate(row)) for row in values])
        d = difference(values[0] - values[1], drawn[0] - drawn[1], noise)
        covered += d.interval[0] <= 0 <= d.interval[1]
    assert covered / 600 == pytest.approx(0.95, abs=0.027)


def test_the_share_of_the_images_is_told():
    """More images of the same difficulty leave the seeds' part alone."""
    generator = np.random.default_rng(4)
    shares = []
    for images in (50, 5000):
        values, drawn = panel(generator, 12, 3, images, resamples(generator, images, 300))
        noise = seed_noise([dict(enumerate(row)) for row in values])
        pairs = [(values[i] - values[0], drawn[i] - drawn[0]) for i in range(1, 12)]
        shares.append(np.median([difference(*pair, noise).images for pair in pairs]))
    assert shares[1] < 0.2 < shares[0]
