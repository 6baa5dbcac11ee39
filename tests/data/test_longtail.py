import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from ltlight.data.longtail import (
    class_counts,
    exponential,
    exponential_cui,
    holdout_indices,
    inverse_frequency_weights,
    longtail_counts,
    natural,
    square_root_weights,
    step,
    subset_indices,
)
from ltlight.errors import UserError

# The report's table: ratio, training images, class 0, class 24, class 49.
REPORT_COUNTS = [
    (1.0, 25_000, 500, 500, 500),
    (0.1, 9_974, 500, 165, 52),
    (0.02, 6_483, 500, 76, 10),
    (0.005, 4_925, 500, 39, 2),
]


@pytest.mark.parametrize(("ratio", "total", "first", "middle", "last"), REPORT_COUNTS)
def test_counts_are_the_reports(ratio, total, first, middle, last):
    counts = class_counts(50, 500, ratio)
    assert (sum(counts), counts[0], counts[24], counts[49]) == (total, first, middle, last)


def test_exponent_of_cui_reaches_the_ratio_exactly():
    # CIFAR-100-LT at imbalance factor 100 has 10,847 images (Cui et al. 2019, Table 1).
    counts = class_counts(100, 500, 0.01, profile=exponential_cui)
    assert (counts[0], counts[-1], sum(counts)) == (500, 5, 10_847)


def test_step_profile_has_two_sizes():
    assert class_counts(5, 100, 0.1, profile=step) == [100, 100, 10, 10, 10]


@pytest.mark.parametrize("ratio", [0, -0.1, 1.1, float("nan")])
def test_ratio_out_of_range_is_refused(ratio):
    with pytest.raises(UserError, match=r"data\.ratio"):
        class_counts(10, 100, ratio)


def test_class_left_without_images_is_named():
    with pytest.raises(UserError, match="class frog, ship without images"):
        longtail_counts(np.array([9, 9, 9]), 0.001, exponential, ("cat", "frog", "ship"))


def test_counts_never_exceed_what_a_class_has():
    counts = longtail_counts(np.array([100, 10, 100]), 1.0, exponential, ("a", "b", "c"))
    assert counts.tolist() == [100, 10, 100]


def test_natural_profile_keeps_everything():
    available = np.array([772, 76])
    assert longtail_counts(available, 1.0, natural, ("0", "1")).tolist() == [772, 76]


def test_subset_has_the_counts_and_is_nested_across_ratios(digit_sets):
    labels = digit_sets[0].labels
    large, small = (
        subset_indices(labels, np.array(class_counts(10, 120, ratio)), seed=3)
        for ratio in (0.1, 0.02)
    )
    assert np.bincount(labels[small]).tolist() == class_counts(10, 120, 0.02)
    assert set(small) < set(large)
    assert (np.diff(small) > 0).all()


def test_seeds_draw_different_subsets():
    labels = np.repeat([0, 1], 100)
    counts = np.array([50, 10])
    draws = [tuple(subset_indices(labels, counts, seed)) for seed in range(3)]
    assert len(set(draws)) == 3
    assert draws[0] == tuple(subset_indices(labels, counts, seed=0))


def test_weights_are_scikit_learns_balanced():
    counts = np.array(class_counts(50, 500, 0.005))
    labels = np.repeat(np.arange(50), counts)
    expected = compute_class_weight("balanced", classes=np.arange(50), y=labels)
    np.testing.assert_allclose(inverse_frequency_weights(counts), expected, rtol=1e-12)


def test_weights_are_those_of_the_reports_figure_6():
    # total_samples / (num_classes * n_c), by hand for u = 0.005.
    weights = inverse_frequency_weights(np.array(class_counts(50, 500, 0.005)))
    assert weights[0] == pytest.approx(4925 / (50 * 500))
    assert weights[49] == pytest.approx(4925 / (50 * 2))


def test_square_root_weights_draw_classes_by_the_root_of_their_number():
    # A class is drawn with probability n_c w_c / sum: 30 : 10 : 1 of 900, 100 and 1 images.
    counts = np.array([900, 100, 1])
    assert counts * square_root_weights(counts) == pytest.approx([30, 10, 1])


def test_holdout_takes_its_share_of_every_class_and_spares_the_tail():
    labels = np.repeat([0, 1, 2], [100, 30, 2])
    kept, held = holdout_indices(labels, 0.1, seed=0, num_classes=3)
    assert np.bincount(labels[held], minlength=3).tolist() == [10, 3, 0]
    assert sorted([*kept, *held]) == list(range(132))
