"""Variances of differences of recalls, beside a bootstrap of the test images."""

import numpy as np
import pytest

from ltlight.report.stats.difference import _of_images
from ltlight.report.stats.prior_variances import variances

CLASSES, OF_METHOD = 3, np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])  # three seeds each
PAIRS = [(0, 1), (0, 2), (1, 2)]
WEIGHTS = np.array([0.6, 0.3, 0.1])


@pytest.fixture(scope="module")
def tested():
    """Images that are hard for all runs alike, in groups more for some methods than for others."""
    generator = np.random.default_rng(0)
    targets = np.repeat(np.arange(CLASSES), (300, 240, 160))
    groups = generator.integers(0, 60, len(targets))
    hard = (
        generator.normal(size=len(targets)) + generator.normal(size=(3, 60))[OF_METHOD][:, groups]
    )
    level = np.array([0.0, 0.4, 0.8])[OF_METHOD][:, None]
    correct = level + generator.normal(scale=0.7, size=(9, len(targets))) > hard
    return targets, groups, correct


def resampled(targets, correct, units, draws=4000):
    """Scores of every run, [R, draws], on resamples of the units."""
    generator, number = np.random.default_rng(1), units.max() + 1
    found = np.empty((len(correct), draws))
    for b in range(draws):
        times = np.bincount(generator.integers(0, number, number), minlength=number)[units]
        hits = [np.bincount(targets, times * c, CLASSES) for c in correct]
        found[:, b] = np.array(hits) / np.bincount(targets, times, CLASSES) @ WEIGHTS
    return found


@pytest.mark.parametrize("clustered", [False, True])
def test_a_weighted_sum_of_them_is_what_a_bootstrap_finds(tested, clustered):
    targets, groups, correct = tested
    units = groups if clustered else np.arange(len(targets))
    places, found = variances(correct, targets, OF_METHOD, groups if clustered else None, CLASSES)
    assert len(places) == (6 if clustered else 3)
    products = WEIGHTS[places].prod(axis=1)
    drawn = resampled(targets, correct, units)
    for pair, (a, b) in enumerate(PAIRS):
        gains = drawn[a == OF_METHOD] - drawn[b == OF_METHOD]
        near = 0.08 * gains.mean(axis=0).var()  # a small difference of two such variances
        assert products @ found[:, pair] == pytest.approx(_of_images(gains), abs=near)


def test_images_in_groups_tell_less(tested):
    targets, groups, correct = tested
    alone, together = (
        variances(correct[::3], targets, np.arange(3), g, CLASSES) for g in (None, groups)
    )
    for pair in range(len(PAIRS)):
        small, large = (
            WEIGHTS[places].prod(axis=1) @ found[:, pair] for places, found in (alone, together)
        )
        assert large > small


def test_one_group_says_nothing_of_others_and_images_stand_for_themselves(tested):
    targets, _, correct = tested
    alone = variances(correct, targets, OF_METHOD, None, CLASSES)
    same = variances(correct, targets, OF_METHOD, np.zeros(len(targets)), CLASSES)
    assert (alone[1] == same[1]).all()


def test_seeds_that_cant_be_paired_leave_their_noise_in_it(tested):
    targets, _, correct = tested
    paired = variances(correct[:6], targets, OF_METHOD[:6], None, CLASSES)[1]
    fewer = variances(correct[:5], targets, OF_METHOD[:5], None, CLASSES)[1]
    assert (fewer > paired).all()


def test_a_class_without_test_images_adds_nothing(tested):
    targets, _, correct = tested
    found = variances(correct, targets + 1, OF_METHOD, None, CLASSES + 1)[1]
    assert (found[0] == 0).all()
    assert (found[1:] == variances(correct, targets, OF_METHOD, None, CLASSES)[1]).all()
