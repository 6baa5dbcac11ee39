"""A short version of the simulation of false verdicts; the long one is a command of its own."""

import numpy as np
import pytest

from tests.report.stats.simulated_verdicts import Sweeps, rates


@pytest.mark.parametrize(("methods", "seeds"), [(5, 3), (12, 3), (5, 5)])
def test_equal_methods_are_rarely_called_different(methods, seeds):
    """In at most 5 % of 150 sweeps, and three standard errors of that share (5.3 points)."""
    better, behind, _ = rates(Sweeps(methods, seeds, images=400), 150)
    tolerance = 3 * np.sqrt(0.05 * 0.95 / 150)
    assert better < 0.05 + tolerance
    assert behind < 0.05 + tolerance


def test_a_large_gain_is_found():
    """Of 10 points among five methods with 2,000 test images and three seeds."""
    _, _, found = rates(Sweeps(5, 3, gain=10.0), 25)
    assert found > 0.9
