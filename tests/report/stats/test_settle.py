"""How many seeds would decide: by trying them."""

import numpy as np
import pytest

from ltlight.report.stats.difference import UNDECIDED, Difference, Family
from ltlight.report.stats.settle import MOST, images_leave_it_open, seeds_to_settle


def at(seeds: int, mean: float = 0.05, images: float = 1e-5) -> Difference:
    return Difference(mean, seeds, images, runs=0.004, freedom=4 * (seeds - 1), family=Family(5))


def test_as_many_as_make_the_interval_leave_out_0():
    assert at(3).word == UNDECIDED
    needed = seeds_to_settle(at(3))
    assert 3 < needed < MOST
    assert at(needed).word != UNDECIDED
    assert at(needed - 1).word == UNDECIDED


def test_two_seeds_of_a_clear_difference_need_a_third():
    assert seeds_to_settle(at(2, mean=0.3)) == 3


@pytest.mark.parametrize("mean", [0.0, 0.005])
def test_too_small_a_difference_needs_more_than_anyone_runs(mean):
    assert seeds_to_settle(at(3, mean)) is None


def test_what_the_images_hide_no_seeds_show():
    hidden = at(3, images=0.05**2)
    assert images_leave_it_open(hidden)
    assert seeds_to_settle(hidden) is None
    assert not images_leave_it_open(at(3))


def test_of_one_seed_nothing_is_known():
    assert seeds_to_settle(Difference(0.3, 1, 1e-5, None, np.inf, Family(2))) is None
