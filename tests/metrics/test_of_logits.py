"""What a run records of its logits: which scores there are, and the top-5 accuracy."""

import numpy as np
import pytest
from sklearn.metrics import recall_score, top_k_accuracy_score

from ltlight.metrics.binary import fit_threshold
from ltlight.metrics.of_logits import (
    CALIBRATION,
    calibration_scores,
    logit_scores,
    scores_at_threshold,
    top_accuracy,
)
from ltlight.metrics.temperature import fit_temperature

GENERATOR = np.random.default_rng(4)


def made(num_classes: int, num: int = 400) -> tuple[np.ndarray, np.ndarray]:
    targets = GENERATOR.integers(0, num_classes, num)
    logits = GENERATOR.normal(size=(num, num_classes)) + np.eye(num_classes)[targets]
    return logits, targets


def test_which_scores_there_are_depends_on_the_classes():
    assert set(logit_scores(*made(5))) == {*CALIBRATION}
    assert set(logit_scores(*made(6))) == {*CALIBRATION, "top5"}
    two = {"sensitivity", "specificity", "roc_auc", "pr_auc"}
    assert set(logit_scores(*made(2), positive=1)) == {*CALIBRATION, *two}


def test_top_5_accuracy_is_scikit_learns():
    logits, targets = made(9)
    theirs = top_k_accuracy_score(targets, logits, k=5, labels=range(9))
    assert top_accuracy(logits, targets, 5) == theirs == logit_scores(logits, targets)["top5"]
    assert top_accuracy(logits, targets, 1) == (logits.argmax(axis=1) == targets).mean()


def test_equal_logits_are_no_five_guesses_for_all():
    targets = np.arange(10)
    assert top_accuracy(np.zeros((10, 10)), targets, 5) == 0.5


def test_a_temperature_makes_overconfident_logits_agree_with_frequencies():
    logits, targets = made(4, 2000)
    wild = 5 * logits
    fitted = calibration_scores(wild, targets, fit_temperature(wild, targets))
    plain = calibration_scores(wild, targets)
    assert all(fitted[name] < plain[name] for name in CALIBRATION)


@pytest.mark.parametrize("positive", [0, 1])
def test_scores_at_a_threshold_are_the_recalls_there(positive):
    logits, targets = made(2)
    threshold = fit_threshold(logits, targets, positive)
    found = scores_at_threshold(logits, targets, positive, threshold)
    exp = np.exp(logits / threshold.temperature)
    called = exp[:, positive] / exp.sum(axis=1) >= threshold.probability
    is_positive = targets == positive
    assert found == {
        "sensitivity_at_threshold": recall_score(is_positive, called),
        "specificity_at_threshold": recall_score(~is_positive, ~called),
    }
