"""The published scores of the report that ltlight reproduces."""

import numpy as np

from ltlight.report.results.published import REPORT


def test_every_published_method_has_its_baseline_beside_it():
    assert {method for _, _, method in REPORT} == {"baseline", "improved"}
    for data, ratio, _ in REPORT:
        assert (data, ratio, "baseline") in REPORT


def test_scores_are_shares_of_1():
    assert all(0 < score < 1 for pair in REPORT.values() for score in pair)


def test_the_mean_gain_of_accuracy_is_the_reports():
    """8.63 points over the three ratios of CIFAR-50."""
    gains = [
        REPORT["cifar50", ratio, "improved"][1] - REPORT["cifar50", ratio, "baseline"][1]
        for ratio in (0.1, 0.02, 0.005)
    ]
    assert round(100 * np.mean(gains), 2) == 8.63
