"""Scores of probabilities against scikit-learn, torchmetrics, and the definitions by hand."""

import numpy as np
import pytest
import torch
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss
from torchmetrics.functional.classification import (
    binary_calibration_error,
    multiclass_calibration_error,
)

from ltlight.metrics.calibration import (
    brier_score,
    classwise_calibration_error,
    expected_calibration_error,
    log_loss,
    log_probabilities,
)

GENERATOR = np.random.default_rng(0)
TARGETS = GENERATOR.integers(0, 4, 500)
LOGITS = (GENERATOR.normal(size=(500, 4)) + 2 * np.eye(4)[TARGETS]).astype(np.float32)
LOGS = log_probabilities(LOGITS)
PROBABILITY = np.exp(LOGS)


def test_probabilities_are_the_softmax_at_a_temperature():
    expected = torch.softmax(torch.from_numpy(LOGITS).double() / 2.5, dim=1).numpy()
    assert np.exp(log_probabilities(LOGITS, 2.5)) == pytest.approx(expected)
    huge = log_probabilities(np.array([[1e4, 0.0]]))
    assert huge.tolist() == [[0.0, -1e4]]


def test_log_loss_and_brier_score_are_scikit_learns():
    assert log_loss(LOGS, TARGETS) == pytest.approx(sklearn_log_loss(TARGETS, PROBABILITY))
    truth = np.eye(4)[TARGETS]
    expected = ((PROBABILITY - truth) ** 2).sum(axis=1).mean()
    assert brier_score(PROBABILITY, TARGETS) == pytest.approx(expected)


def test_the_brier_score_of_two_classes_is_twice_scikit_learns():
    p = PROBABILITY[:, 0]
    both, is_second = np.stack([p, 1 - p], axis=1), (TARGETS > 0).astype(int)
    expected = 2 * brier_score_loss(is_second, 1 - p)
    assert brier_score(both, is_second) == pytest.approx(expected)


def test_expected_calibration_error_is_torchmetrics_of_15_bins():
    theirs = multiclass_calibration_error(
        torch.from_numpy(PROBABILITY), torch.from_numpy(TARGETS), 4, n_bins=15, norm="l1"
    )
    assert expected_calibration_error(PROBABILITY, TARGETS) == pytest.approx(theirs.item())


def test_classwise_calibration_error_is_the_mean_of_torchmetrics_over_classes():
    by_class = [
        binary_calibration_error(
            torch.from_numpy(PROBABILITY[:, c]), torch.from_numpy(c == TARGETS), n_bins=15
        ).item()
        for c in range(4)
    ]
    assert classwise_calibration_error(PROBABILITY, TARGETS) == pytest.approx(np.mean(by_class))


def test_calibration_errors_by_hand():
    # Two bins: of two images at 0.9 one is right, of two at 0.6 both are.
    probability = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    targets = np.array([0, 1, 0, 1])
    assert expected_calibration_error(probability, targets) == pytest.approx(0.4)
    assert classwise_calibration_error(np.eye(2)[targets], targets) == 0


def test_a_perfect_and_a_surely_wrong_classifier():
    perfect, wrong = np.eye(4)[TARGETS], np.eye(4)[(TARGETS + 1) % 4]
    assert (brier_score(perfect, TARGETS), brier_score(wrong, TARGETS)) == (0, 2)
    assert expected_calibration_error(perfect, TARGETS) == 0
    assert expected_calibration_error(wrong, TARGETS) == 1


def test_classes_without_test_images_count_for_nothing():
    # The fifth class takes a third of every probability and has no image.
    wider = np.column_stack([PROBABILITY * 2 / 3, np.full(500, 1 / 3)])
    by_class = [
        binary_calibration_error(
            torch.from_numpy(wider[:, c]), torch.from_numpy(c == TARGETS), n_bins=15
        ).item()
        for c in range(4)
    ]
    assert classwise_calibration_error(wider, TARGETS) == pytest.approx(np.mean(by_class))


def test_logits_that_are_not_finite_have_no_scores():
    broken = np.full((3, 2), np.nan)
    assert np.isnan(expected_calibration_error(broken, np.array([0, 1, 0])))
    assert np.isnan(log_loss(log_probabilities(broken), np.array([0, 1, 0])))
