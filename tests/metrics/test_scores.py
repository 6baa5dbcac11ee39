"""Figures of merit against torchmetrics and scikit-learn; logit adjustment by hand."""

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix as sklearn_confusion
from torch.nn import functional as F
from torchmetrics.functional.classification import multiclass_f1_score

from ltlight.metrics import epoch, scores

GENERATOR = np.random.default_rng(3)
TARGETS = GENERATOR.choice(6, 200, p=[0.4, 0.3, 0.2, 0.1, 0, 0])  # classes 4 and 5 are absent
PREDICTED = np.where(GENERATOR.random(200) < 0.5, TARGETS, GENERATOR.integers(0, 5, 200))


def test_figures_equal_torchmetrics_which_skips_absent_classes():
    ours = scores.figures(TARGETS, PREDICTED, 6)
    theirs = epoch.LongTailMetrics([100] * 6)
    theirs.update(F.one_hot(torch.from_numpy(PREDICTED), 6).float(), torch.from_numpy(TARGETS))
    computed = theirs.compute()
    for name, value in ours.items():
        assert value == pytest.approx(computed[name], abs=1e-6), name
    f1 = multiclass_f1_score(torch.from_numpy(PREDICTED), torch.from_numpy(TARGETS), 6)
    assert ours["f1_macro"] == pytest.approx(f1.item(), abs=1e-6)


def test_confusion_matrix_has_true_classes_in_rows():
    ours = scores.confusion_matrix(TARGETS, PREDICTED, 6)
    assert (ours == sklearn_confusion(TARGETS, PREDICTED, labels=range(6))).all()


def test_recall_of_a_class_without_test_images_is_unknown():
    found = scores.recalls(scores.confusion_matrix(TARGETS, PREDICTED, 6))
    assert np.isnan(found[4:]).all()
    assert found[0] == pytest.approx((PREDICTED[TARGETS == 0] == 0).mean())


def test_logit_adjustment_turns_the_posterior_into_the_balanced_one():
    # Bayes: p(y|x) / pi(y) is proportional to p(x|y), what a balanced test set asks for.
    counts = np.array([900, 90, 10])
    likelihood = GENERATOR.random((50, 3)) + 0.01
    posterior = likelihood * counts / (likelihood * counts).sum(axis=1, keepdims=True)
    adjusted = scores.logit_adjustment(np.log(posterior), counts)
    balanced = np.exp(adjusted) / np.exp(adjusted).sum(axis=1, keepdims=True)
    assert balanced == pytest.approx(likelihood / likelihood.sum(axis=1, keepdims=True))
    assert (scores.logit_adjustment(posterior, counts, tau=0) == posterior).all()


def test_logit_adjustment_leaves_a_class_without_training_images_alone():
    adjusted = scores.logit_adjustment(np.array([[2.0, 1.0, -3.0]]), np.array([8, 2, 0]))
    assert np.isfinite(adjusted).all()
    assert adjusted[0, 2] == -3


@pytest.mark.parametrize(
    ("method", "tau"),
    [
        ({}, 1),  # a run of a version that knew no losses
        ({"loss": "cross_entropy", "posthoc_tau": 0.0}, 1),
        ({"loss": "cross_entropy", "posthoc_tau": 0.5}, 0),
        ({"loss": "balanced_softmax", "posthoc_tau": 0.0}, 0),
        ({"loss": "logit_adjusted", "posthoc_tau": 0.0}, 0),
    ],
)
def test_no_prior_is_corrected_twice(method, tau):
    assert scores.free_tau(method) == tau
