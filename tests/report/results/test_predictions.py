"""What is read of a run's predictions, and which logits are adjusted."""

import json

import numpy as np
import pytest

from ltlight.errors import UserError
from ltlight.metrics.of_logits import logit_scores
from ltlight.metrics.scores import confusion_matrix, scores
from ltlight.report.results.predictions import free_tau, read_predictions
from tests.report.run_folders import write_run


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path, pictures=False)


def test_predictions_are_those_of_the_run(run):
    arrays, found = run.predictions(), read_predictions(run)
    assert (found.labels == arrays["logits"].argmax(axis=1)).all()
    prior = arrays["class_counts"] / arrays["class_counts"].sum()
    adjusted = (arrays["logits"] - np.log(prior)).argmax(axis=1)
    assert (found.adjusted == adjusted).all()
    assert (found.adjusted != found.labels).any()
    assert found.correct.mean() == run.metrics()["test/accuracy"]
    assert found.confusion.sum() == len(found.targets)
    for c in range(5):
        assert found.recalls[c] == (found.labels[found.targets == c] == c).mean()


def test_adjusted_scores_are_of_the_adjusted_confusion_matrix(run):
    found = read_predictions(run)
    adjusted = confusion_matrix(found.targets, found.adjusted, 5)
    expected = scores(adjusted, found.class_counts)
    assert found.adjusted_scores == pytest.approx(expected, nan_ok=True)
    assert found.adjusted_scores["accuracy"] == np.trace(adjusted) / adjusted.sum()
    assert found.adjusted_scores["accuracy"] != run.metrics()["test/accuracy"]


def test_scores_of_logits_are_computed_where_the_record_lacks_them(run):
    arrays, metrics = run.predictions(), run.metrics()
    found = read_predictions(run, metrics).of_logits
    expected = logit_scores(arrays["logits"], arrays["targets"])
    assert found == {f"test/{name}": value for name, value in expected.items()}
    assert read_predictions(run, metrics | found).of_logits == {}
    assert read_predictions(run).of_logits == {}


def test_of_two_classes_the_rarer_is_positive_or_the_one_that_was_named(tmp_path):
    rarer = write_run(tmp_path / "a", num_classes=2, pictures=False)
    named = write_run(
        tmp_path / "b", num_classes=2, pictures=False, data_keys={"positive_class": "class_name_00"}
    )
    found = [read_predictions(run, run.metrics()).of_logits for run in (rarer, named)]
    assert [scores["positive_class"] for scores in found] == ["class_name_01", "class_name_00"]
    assert found[0]["test/sensitivity"] == found[1]["test/specificity"]


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
def test_no_prior_is_corrected_twice(run, method, tau):
    """The logits of a method that corrects the prior are meant for balanced classes as they are."""
    assert free_tau(method) == tau
    config = run.config()
    config["method"] |= method
    (run.path / "config.yaml").write_text(json.dumps(config))  # JSON is YAML
    found = read_predictions(run)
    assert (found.adjusted != found.labels).any() == bool(tau)


@pytest.mark.parametrize(
    "arrays",
    [
        {"targets": np.zeros(3, int)},
        {"targets": np.zeros(3, int), "logits": np.zeros((2, 5)), "class_counts": np.ones(5)},
        {"targets": np.zeros(0, int), "logits": np.zeros((0, 5)), "class_counts": np.ones(5)},
    ],
    ids=["arrays missing", "shapes that differ", "no image"],
)
def test_predictions_that_make_no_sense_are_refused_by_name(run, arrays):
    np.savez(run.path / "predictions.npz", **arrays)
    with pytest.raises(UserError, match=r"predictions\.npz can't be read .*overwrite=true"):
        read_predictions(run)
