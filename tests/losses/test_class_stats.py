import numpy as np
import pytest
import torch

from ltlight.losses.class_stats import (
    STATISTICS,
    class_margins,
    class_prior,
    class_smoothing,
    effective_number,
    inverse_frequency,
)

COUNTS = [500, 120, 30, 7, 2]


def test_prior_is_the_share_of_the_images():
    assert class_prior(COUNTS).numpy() == pytest.approx(np.array(COUNTS) / 659, rel=1e-6)
    assert class_prior([30, 10, 0]).tolist() == [0.75, 0.25, 1.0]


def test_margins_by_the_fourth_root():
    # n^(1/4) = 5, 3, 2, 1: D = 0.5 / that, as the rarest class has one image.
    margins = class_margins([625, 81, 16, 1])
    assert margins.tolist() == pytest.approx([0.5 / 5, 0.5 / 3, 0.5 / 2, 0.5 / 1])
    assert class_margins([625, 81]).tolist() == pytest.approx([0.3 * 0.5 / 0.5, 0.5])
    assert class_margins([10, 10]).tolist() == pytest.approx([0.5, 0.5])


def test_smoothing_falls_from_head_to_tail_along_a_sine():
    # (n - 10) / (100 - 10) = 1, 1/3, 0: sines of 90, 30 and 0 degrees.
    assert class_smoothing([100, 40, 10]).tolist() == pytest.approx([0.3, 0.15, 0.0])
    found = class_smoothing([100, 40, 10], smoothing_head=0.4, smoothing_tail=0.1)
    assert found.tolist() == pytest.approx([0.4, 0.25, 0.1])


def test_smoothing_of_balanced_counts_is_the_heads():
    assert class_smoothing([10, 10]).tolist() == pytest.approx([0.3, 0.3])


def test_inverse_frequency_weights():
    expected = [659 / (5 * n) for n in COUNTS]
    assert inverse_frequency(COUNTS).tolist() == pytest.approx(expected)


def test_effective_number_weights():
    # Cui et al., eq. 2: the effective number is the sum of b^j for j from 0 to n - 1.
    effective_numbers = np.array([sum(0.9999**j for j in range(n)) for n in COUNTS])
    expected = 5 * (1 / effective_numbers) / (1 / effective_numbers).sum()
    weights = effective_number(COUNTS)
    assert weights.numpy() == pytest.approx(expected, rel=1e-6)
    assert weights.sum().item() == pytest.approx(5)


@pytest.mark.parametrize("weigh", [inverse_frequency, effective_number])
@pytest.mark.parametrize("count", [1, 500, 10**6])
def test_weights_of_equal_counts_are_1(weigh, count):
    weights = weigh([count] * 3)
    assert weights.dtype == torch.float32
    assert weights.tolist() == pytest.approx([1, 1, 1])


def test_effective_number_levels_off_at_large_counts():
    few, many, more = effective_number([1, 10**5, 10**6])
    assert few > 1000 * many
    assert many.item() == pytest.approx(more.item(), rel=1e-4)


def test_statistics_are_float32_whatever_the_counts_come_as():
    """By the name of the parameter that a loss takes them as."""
    wanted = {
        "counts": torch.tensor(COUNTS, dtype=torch.float32),
        "prior": class_prior(COUNTS),
        "margins": class_margins(COUNTS),
        "smoothing": class_smoothing(COUNTS),
    }
    for counts in (COUNTS, np.array(COUNTS)):
        found = {name: statistic(counts) for name, statistic in STATISTICS.items()}
        assert {s.dtype for s in found.values()} == {torch.float32}
        torch.testing.assert_close(found, wanted, rtol=0, atol=0)
