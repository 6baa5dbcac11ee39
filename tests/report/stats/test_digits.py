"""How many digits a spread leaves."""

import math

import pytest

from ltlight.report.stats.digits import decimals


@pytest.mark.parametrize(
    ("spread", "digits"),
    [
        (29, 0),
        (2.9, 0),
        (1.2, 1),
        (0.35, 1),
        (0.12, 2),
        (0.096, 2),
        (0.004, 3),
        (0, 1),
        (math.nan, 1),
    ],
)
def test_one_digit_of_the_spread_and_two_of_a_one(spread, digits):
    assert decimals(spread) == digits


def test_no_fewer_than_asked_for():
    assert decimals(2.9, least=2) == 2
