"""Critical values against SciPy's studentised range, Dunnett's own table and draws."""

import numpy as np
import pytest
from scipy import stats

from ltlight.report.stats.families import LEVEL, against_one, all_pairs


@pytest.mark.parametrize(("methods", "freedom"), [(2, 2), (5, 8), (12, 22), (43, 84), (43, np.inf)])
def test_all_pairs_are_the_studentised_range(methods, freedom):
    expected = stats.studentized_range.isf(1 - LEVEL, methods, min(freedom, 1e5)) / np.sqrt(2)
    assert all_pairs(methods, freedom) == pytest.approx(expected, rel=0.003)


@pytest.mark.parametrize(
    ("others", "freedom", "expected"),
    [(2, 10, 2.57), (4, 20, 2.65), (3, 5, 3.29)],
)
def test_one_against_the_others_is_in_dunnetts_table(others, freedom, expected):
    """Two-sided 5 %, equal groups (Dunnett 1964, table II)."""
    assert against_one(others, freedom) == pytest.approx(expected, abs=0.01)


def test_of_two_methods_both_are_students_t():
    for freedom in (2, 7, 40):
        t = stats.t.isf((1 - LEVEL) / 2, freedom)
        assert against_one(1, freedom) == pytest.approx(t, rel=0.003)
        assert all_pairs(2, freedom) == pytest.approx(t, rel=0.003)


def test_among_equals_five_percent_exceed_it():
    """Of 40,000 draws, with four standard errors of that share."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=(40_000, 8))
    error = np.sqrt(2 * generator.chisquare(6, 40_000) / 6)
    exceeds = np.abs(values[:, 1:] - values[:, :1]).max(axis=1) / error > against_one(7, 6)
    assert exceeds.mean() == pytest.approx(0.05, abs=0.0044)
    exceeds = np.ptp(values, axis=1) / error > all_pairs(8, 6)
    assert exceeds.mean() == pytest.approx(0.05, abs=0.0044)
