"""Scores against torchmetrics, scikit-learn and SciPy; logit adjustment by hand."""

import numpy as np
import pytest
import torch
from scipy.stats import gmean, hmean
from sklearn import metrics as sklearn_metrics
from torchmetrics.functional.classification import (
    multiclass_accuracy,
    multiclass_recall,
)

from ltlight.metrics.scores import (
    confusion_matrix,
    f1_by_class,
    f1_macro,
    logit_adjustment,
    precisions,
    recalls,
    scores,
    shots,
)

GENERATOR = np.random.default_rng(3)
TARGETS = GENERATOR.choice(6, 200, p=[0.4, 0.3, 0.2, 0.1, 0, 0])  # classes 4 and 5 are absent
PREDICTED = np.where(GENERATOR.random(200) < 0.5, TARGETS, GENERATOR.integers(0, 5, 200))
COUNTS = np.array([200, 101, 100, 20, 19, 2])
CONFUSION = confusion_matrix(TARGETS, PREDICTED, 6)


def test_confusion_matrix_has_true_classes_in_rows():
    theirs = sklearn_metrics.confusion_matrix(TARGETS, PREDICTED, labels=range(6))
    assert (theirs == CONFUSION).all()


def test_shot_borders_belong_to_the_medium_classes():
    found = shots(COUNTS)
    assert found["many"].tolist() == [True, True, False, False, False, False]
    assert found["medium"].tolist() == [False, False, True, True, False, False]
    assert found["few"].tolist() == [False, False, False, False, True, True]


def test_scores_equal_torchmetrics():
    ours, arguments = scores(CONFUSION, COUNTS), (torch.from_numpy(PREDICTED),)
    arguments += (torch.from_numpy(TARGETS), 6)
    assert ours["accuracy"] == pytest.approx(multiclass_accuracy(*arguments, "micro").item())
    by_class = multiclass_recall(*arguments, average="none")
    assert recalls(CONFUSION)[:4] == pytest.approx(by_class[:4].numpy())


def test_scores_equal_scikit_learns_and_scipys():
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 6, 600)
    predicted = np.where(rng.random(600) < 0.6, targets, rng.integers(0, 6, 600))
    by_class = sklearn_metrics.recall_score(targets, predicted, average=None)
    assert scores(confusion_matrix(targets, predicted, 6), COUNTS) == pytest.approx(
        {
            "accuracy": sklearn_metrics.accuracy_score(targets, predicted),
            "f1_macro": sklearn_metrics.f1_score(targets, predicted, average="macro"),
            "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(targets, predicted),
            "recall_geometric_mean": gmean(by_class),
            "recall_harmonic_mean": hmean(by_class),
            "recall_worst": by_class.min(),
            "recall_many": by_class[:2].mean(),
            "recall_medium": by_class[2:4].mean(),
            "recall_few": by_class[4:].mean(),
        }
    )


def test_scores_by_class_are_scikit_learns_where_they_are_defined():
    theirs = sklearn_metrics.precision_recall_fscore_support(
        TARGETS, PREDICTED, labels=range(6), zero_division=np.nan
    )
    assert precisions(CONFUSION)[:4] == pytest.approx(theirs[0][:4])
    assert f1_by_class(CONFUSION)[:4] == pytest.approx(theirs[2][:4])
    # Class 4 is predicted and has no image, class 5 has neither.
    assert np.isnan(precisions(CONFUSION)[4:]).all()
    assert np.isnan(f1_by_class(CONFUSION)[4:]).all()


def test_a_class_that_is_never_predicted_has_no_precision_and_an_f1_of_0():
    confusion = np.array([[3, 0], [2, 0]])
    assert precisions(confusion)[0] == 0.6
    assert np.isnan(precisions(confusion)[1])
    assert f1_by_class(confusion)[1] == 0


def test_f1_of_many_resamples_at_once_is_that_of_each():
    several = [confusion_matrix(TARGETS[::step], PREDICTED[::step], 6) for step in (1, 2, 3)]
    counts = [(np.diag(c), c.sum(axis=0), c.sum(axis=1)) for c in several]
    correct, predicted, support = (np.stack(part, axis=1) for part in zip(*counts, strict=True))
    found = f1_macro(correct, predicted, support)
    assert found == pytest.approx([scores(c, COUNTS)["f1_macro"] for c in several])


def test_macro_f1_is_over_the_tested_classes():
    assert CONFUSION[:, 4].any()  # predicted, never tested
    theirs = sklearn_metrics.f1_score(TARGETS, PREDICTED, labels=range(4), average="macro")
    assert scores(CONFUSION, COUNTS)["f1_macro"] == pytest.approx(theirs)


def test_recall_of_a_class_without_test_images_is_unknown():
    found = recalls(CONFUSION)
    assert np.isnan(found[4:]).all()
    assert found[0] == pytest.approx((PREDICTED[TARGETS == 0] == 0).mean())


def test_a_class_that_is_never_recognised():
    found = scores(np.array([[3, 0], [2, 0]]), np.array([200, 5]))
    assert found["recall_geometric_mean"] == found["recall_harmonic_mean"] == 0
    assert found["recall_worst"] == 0
    assert found["balanced_accuracy"] == 0.5


def test_classes_without_test_images_and_absent_shots_count_for_nothing():
    found = scores(np.array([[2, 2], [0, 0]]), np.array([200, 5]))
    assert found["balanced_accuracy"] == found["recall_worst"] == found["recall_many"] == 0.5
    assert np.isnan(found["recall_medium"])  # there is no such class
    assert np.isnan(found["recall_few"])  # there is one, without test images


def test_logit_adjustment_turns_the_posterior_into_the_balanced_one():
    # Bayes: p(y|x) / pi(y) is proportional to p(x|y), what a balanced test set asks for.
    counts = np.array([900, 90, 10])
    likelihood = GENERATOR.random((50, 3)) + 0.01
    posterior = likelihood * counts / (likelihood * counts).sum(axis=1, keepdims=True)
    adjusted = logit_adjustment(np.log(posterior), counts)
    balanced = np.exp(adjusted) / np.exp(adjusted).sum(axis=1, keepdims=True)
    assert balanced == pytest.approx(likelihood / likelihood.sum(axis=1, keepdims=True))
    assert (logit_adjustment(posterior, counts, tau=0) == posterior).all()


def test_logit_adjustment_leaves_a_class_without_training_images_alone():
    adjusted = logit_adjustment(np.array([[2.0, 1.0, -3.0]]), np.array([8, 2, 0]))
    assert np.isfinite(adjusted).all()
    assert adjusted[0, 2] == -3
