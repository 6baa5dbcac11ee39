"""Curves and operating points of two classes, against scikit-learn's curves and by trying all."""

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.metrics import (
    precision_recall_curve as their_precision_recall,
)
from sklearn.metrics import (
    roc_curve as their_roc,
)

from ltlight.metrics.binary import margins
from ltlight.metrics.binary_curves import (
    GRID,
    precision_recall_curve,
    roc_curve,
    sensitivity_at_specificity,
    threshold_of_specificity,
)

GENERATOR = np.random.default_rng(3)
TARGETS = GENERATOR.choice(2, 400, p=[0.8, 0.2])
# In eighths, which are exact: there are ties.
LOGITS = (8 * GENERATOR.normal(size=(400, 2))).round() / 8 + np.eye(2)[TARGETS]
IS_POSITIVE, MARGIN = TARGETS == 1, margins(LOGITS, 1)


def test_the_roc_curve_is_the_highest_point_of_scikit_learns_at_a_rate():
    false, true, _ = their_roc(IS_POSITIVE, MARGIN, drop_intermediate=False)
    expected = [true[false <= rate + 1e-9].max() for rate in GRID]
    assert roc_curve(IS_POSITIVE, MARGIN) == pytest.approx(expected)


def test_the_precision_is_scikit_learns_at_the_highest_threshold_of_a_recall():
    precision, recall, _ = their_precision_recall(IS_POSITIVE, MARGIN)  # the recall falls
    expected = [precision[np.flatnonzero(recall >= r - 1e-9).max()] for r in GRID[1:]]
    assert precision_recall_curve(IS_POSITIVE, MARGIN) == pytest.approx(expected)


def test_the_areas_below_them_are_those_that_a_run_records():
    # The staircases of 201 points lose no more than a step each.
    distinct = GENERATOR.normal(size=400) + IS_POSITIVE
    area = roc_curve(IS_POSITIVE, distinct).mean()
    assert area == pytest.approx(roc_auc_score(IS_POSITIVE, distinct), abs=0.005)
    average = precision_recall_curve(IS_POSITIVE, distinct).mean()
    assert average == pytest.approx(average_precision_score(IS_POSITIVE, distinct), abs=0.01)


@pytest.mark.parametrize("specificity", [0.0, 0.5, 0.9, 0.95, 1.0])
def test_sensitivity_at_a_specificity_is_the_best_of_all_thresholds(specificity):
    thresholds = [*np.unique(MARGIN), np.inf]
    called = [threshold <= MARGIN for threshold in thresholds]
    expected = max(
        recall_score(IS_POSITIVE, c)
        for c in called
        if recall_score(~IS_POSITIVE, ~c) >= specificity - 1e-9
    )
    assert sensitivity_at_specificity(IS_POSITIVE, MARGIN, specificity) == pytest.approx(expected)


def test_a_rate_that_whole_images_reach_counts_as_reached():
    # 48 of 480 is one tenth, which 1 - 0.9 is not in binary: 0.09999999999999998.
    is_positive = np.repeat([True, False], [2, 480])
    margin = np.concatenate([[500.0, 432.5], np.arange(480.0)])
    assert sensitivity_at_specificity(is_positive, margin, 0.9) == 1


@pytest.mark.parametrize("specificity", [0.5, 0.9, 0.95])
def test_the_threshold_of_a_specificity_reaches_what_the_curve_says_on_its_own_images(specificity):
    found = threshold_of_specificity(LOGITS, TARGETS, 1, specificity)
    called = found.margin <= MARGIN
    assert recall_score(~IS_POSITIVE, ~called) >= specificity
    assert recall_score(IS_POSITIVE, called) == pytest.approx(
        sensitivity_at_specificity(IS_POSITIVE, MARGIN, specificity)
    )
    assert precision_score(IS_POSITIVE, called) > IS_POSITIVE.mean()


def test_a_specificity_that_no_image_may_spoil_calls_no_negative_positive():
    logits = np.array([[0, 3.0], [0, 2.0], [0, 1.0]])
    found = threshold_of_specificity(logits, np.array([0, 1, 0]), 1, 1.0)
    assert found.margin > 3
    alone = threshold_of_specificity(np.zeros((2, 2)), np.array([0, 1]), 1, 1.0)
    assert alone.margin > 0


def test_it_lies_halfway_between_two_images():
    logits = np.array([[0, 4.0], [0, 3.0], [0, 1.0], [0, 0.0]])
    assert threshold_of_specificity(logits, np.array([1, 1, 0, 0]), 1, 1.0).margin == 2
    assert threshold_of_specificity(logits, np.array([1, 1, 0, 0]), 1, 0.0).margin == 0


def test_without_images_of_both_classes_or_with_a_logit_that_is_nan_there_is_none():
    assert threshold_of_specificity(LOGITS, np.zeros(400, int), 1, 0.9) is None
    assert threshold_of_specificity(LOGITS, np.ones(400, int), 1, 0.9) is None
    assert threshold_of_specificity(np.full((2, 2), np.nan), np.array([0, 1]), 1, 0.9) is None
