import numpy as np
import pytest
import torch
from scipy.stats import gmean, hmean
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, recall_score

from ltlight.metrics.epoch import LongTailMetrics, recall_figures

COUNTS = [200, 101, 100, 20, 19, 2]


def test_figures_are_scikit_learns_whatever_the_batches():
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 6, 600)
    logits = rng.normal(size=(600, 6)) + 2 * np.eye(6)[targets]
    metrics = LongTailMetrics(COUNTS)
    for batch in np.array_split(np.arange(600), 7):
        metrics.update(torch.from_numpy(logits[batch]), torch.from_numpy(targets[batch]))
    found, predictions = metrics.compute(), logits.argmax(1)
    recalls = recall_score(targets, predictions, average=None)
    expected = {
        "accuracy": accuracy_score(targets, predictions),
        "f1_macro": f1_score(targets, predictions, average="macro"),
        "balanced_accuracy": balanced_accuracy_score(targets, predictions),
        "recall_geometric_mean": gmean(recalls),
        "recall_harmonic_mean": hmean(recalls),
        "recall_worst": recalls.min(),
        "recall_many": recalls[:2].mean(),
        "recall_medium": recalls[2:4].mean(),
        "recall_few": recalls[4:].mean(),
    }
    assert found == pytest.approx(expected, abs=1e-6)
    metrics.reset()
    metrics.update(torch.eye(6), torch.arange(6))
    assert metrics.compute()["accuracy"] == 1


def test_class_that_is_never_recognised():
    figures = recall_figures(np.array([1.0, 0.0]), np.array([200, 5]))
    assert figures["recall_geometric_mean"] == figures["recall_harmonic_mean"] == 0
    assert figures["recall_worst"] == 0
    assert figures["balanced_accuracy"] == 0.5


def test_absent_groups_and_classes_count_for_nothing():
    figures = recall_figures(np.array([0.5, np.nan]), np.array([200, 5]))
    assert figures["balanced_accuracy"] == 0.5
    assert np.isnan(figures["recall_few"])
