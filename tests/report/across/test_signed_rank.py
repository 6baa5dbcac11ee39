import numpy as np
import pytest
from scipy.stats import wilcoxon

from ltlight.report.across.signed_rank import DRAWS, chances, holm, signed_rank, smallest_p


@pytest.mark.parametrize("count", [5, 9, 13])
def test_with_a_cell_a_data_set_it_is_wilcoxons_exact_test(count):
    d = np.random.default_rng(count).normal(0.4, 1, count)
    expected = wilcoxon(d, method="exact").pvalue
    assert signed_rank(d, np.arange(count)) == pytest.approx(expected)


def test_beyond_the_exact_ones_signs_are_drawn():
    d = np.random.default_rng(2).normal(0.4, 1, 20)
    expected = wilcoxon(d, method="exact").pvalue
    error = 4 * np.sqrt(expected * (1 - expected) / DRAWS)
    assert signed_rank(d, np.arange(20)) == pytest.approx(expected, abs=error)


def test_ratios_of_one_data_set_are_one_witness():
    """Nine cells that agree: of nine data sets they show it, of three they can't."""
    d = np.linspace(1, 2, 9)
    assert signed_rank(d, np.arange(9)) == 2 / 2**9
    three = np.repeat([0, 1, 2], 3)
    assert signed_rank(d, three) == smallest_p(three) == 2 / 2**3


def test_data_sets_whose_cells_move_together_give_no_false_alarms():
    """Equal methods, 8 data sets with a shift of their own: at most 5 %, two standard errors."""
    rng, clusters = np.random.default_rng(0), np.repeat(np.arange(8), 3)
    shifts = rng.normal(size=(600, 8))[:, clusters] + 0.2 * rng.normal(size=(600, 24))
    alarms = np.mean([signed_rank(d, clusters) < 0.05 for d in shifts])
    naive = np.mean([wilcoxon(d).pvalue < 0.05 for d in shifts])
    assert alarms <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 600)
    assert naive > 0.15  # what taking them for independent would do


def test_no_difference_is_no_evidence():
    assert signed_rank(np.zeros(9), np.arange(9)) == 1


def test_holm_as_r_has_it():
    """p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_chances_sum_to_one_and_follow_the_differences():
    for shift, which in ((0.05, "better"), (0.0, "same"), (-0.05, "worse")):
        d = shift + np.random.default_rng(3).normal(0, 0.002, 10)
        found = chances(d, np.arange(10))
        assert found.better + found.same + found.worse == pytest.approx(1)
        assert getattr(found, which) > 0.99


def test_a_data_set_at_three_ratios_counts_as_one():
    d = np.array([0.05, 0.03, -0.02, 0.04, 0.015])
    once, thrice = np.arange(5), np.repeat(np.arange(5), 3)
    for name in ("better", "same", "worse"):
        expected = getattr(chances(d, once), name)
        assert getattr(chances(np.repeat(d, 3), thrice), name) == pytest.approx(expected)
