"""Scores of two classes against torchmetrics and scikit-learn, and a threshold by hand."""

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, recall_score
from torchmetrics.functional.classification import binary_auroc, binary_average_precision

from ltlight.errors import UserError
from ltlight.metrics.binary import (
    Threshold,
    fit_threshold,
    margins,
    positive_class,
    pr_auc,
    rarer_class,
    roc_auc,
    sensitivity,
    specificity,
)
from ltlight.metrics.temperature import fit_temperature

GENERATOR = np.random.default_rng(2)
TARGETS = GENERATOR.choice(2, 300, p=[0.85, 0.15])
# In eighths, which are exact: there are ties.
LOGITS = (8 * GENERATOR.normal(size=(300, 2))).round() / 8 + np.eye(2)[TARGETS]
IS_POSITIVE = TARGETS == 1


def test_the_rarer_class_is_the_positive_one_and_of_equals_the_last():
    assert rarer_class(np.array([772, 76])) == 1
    assert rarer_class(np.array([76, 772])) == 0
    assert rarer_class(np.array([50, 50])) == 1


def test_the_positive_class_can_be_named():
    counts = np.array([772, 76])
    assert positive_class(None, ("IDC(-)", "IDC(+)"), counts) == 1
    assert positive_class("IDC(-)", ("IDC(-)", "IDC(+)"), counts) == 0
    assert positive_class(None, ("a", "b", "c"), np.ones(3)) is None
    with pytest.raises(UserError, match=r"data\.positive_class=ill is no class .* IDC\(-\), IDC"):
        positive_class("ill", ("IDC(-)", "IDC(+)"), counts)
    with pytest.raises(UserError, match=r"data\.positive_class=a is of two classes, .* 3: leave"):
        positive_class("a", ("a", "b", "c"), np.ones(3))


def test_sensitivity_and_specificity_are_the_recalls_of_both_classes():
    called = margins(LOGITS, 1) > 0
    assert sensitivity(IS_POSITIVE, called) == recall_score(IS_POSITIVE, called)
    assert specificity(IS_POSITIVE, called) == recall_score(IS_POSITIVE, called, pos_label=False)


def test_areas_under_curves_are_torchmetrics():
    margin = margins(LOGITS, 1)
    theirs = (torch.from_numpy(margin).sigmoid(), torch.from_numpy(TARGETS))
    assert roc_auc(IS_POSITIVE, margin) == pytest.approx(binary_auroc(*theirs).item())
    assert pr_auc(IS_POSITIVE, margin) == pytest.approx(binary_average_precision(*theirs).item())


def test_the_other_class_as_positive_one_mirrors_the_roc_curve():
    swapped = roc_auc(~IS_POSITIVE, margins(LOGITS, 0))
    assert swapped == pytest.approx(roc_auc(IS_POSITIVE, margins(LOGITS, 1)))
    assert pr_auc(~IS_POSITIVE, margins(LOGITS, 0)) != pr_auc(IS_POSITIVE, margins(LOGITS, 1))


def test_the_threshold_has_the_largest_balanced_accuracy_of_all():
    found = fit_threshold(LOGITS, TARGETS, 1)
    margin = margins(LOGITS, 1)

    def balanced(threshold: float) -> float:
        return balanced_accuracy_score(IS_POSITIVE, margin >= threshold)

    best = max(balanced(t) for t in np.unique(margin))
    assert balanced(found.margin) == pytest.approx(best)
    assert best > balanced(0)


def test_the_threshold_lies_halfway_between_two_images():
    logits = np.array([[0, 4.0], [0, 3.0], [0, 1.0], [0, 0.5]])
    found = fit_threshold(logits, np.array([1, 1, 0, 0]), 1)
    assert found.margin == 2


def test_images_with_equal_margins_are_called_alike():
    logits = np.array([[0, 1.0], [0, 1.0], [0, -1.0]])
    found = fit_threshold(logits, np.array([1, 0, 0]), 1)
    assert found.margin == 0


def test_a_threshold_as_probability_is_under_the_fitted_temperature():
    found = fit_threshold(LOGITS, TARGETS, 1)
    assert found.temperature == fit_temperature(LOGITS, TARGETS)
    probability = torch.softmax(torch.from_numpy(LOGITS / found.temperature), dim=1)[:, 1].numpy()
    called = margins(LOGITS, 1) >= found.margin
    assert (called == (probability >= found.probability)).all()
    assert Threshold(0.0, 3.0).probability == 0.5


def test_without_images_of_both_classes_there_is_nothing_to_tell():
    only = np.zeros(4, int)
    logits = GENERATOR.normal(size=(4, 2))
    assert fit_threshold(logits, only, 1) is None
    assert fit_threshold(np.full((2, 2), np.nan), np.array([0, 1]), 1) is None
    assert np.isnan(sensitivity(only == 1, only == 1))
    assert specificity(only == 1, only == 1) == 1
    assert np.isnan(roc_auc(only == 1, margins(logits, 1)))
    assert np.isnan(pr_auc(only == 1, margins(logits, 1)))
