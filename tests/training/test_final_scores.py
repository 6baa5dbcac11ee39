"""What the end of a run records of its logits, with held-out images and without."""

import numpy as np
import pytest
import torch

from ltlight.data.image_set import ImageSet
from ltlight.errors import UserError
from ltlight.metrics.calibration import log_loss, log_probabilities
from ltlight.metrics.of_logits import logit_scores
from ltlight.metrics.scores import confusion_matrix, f1_by_class, precisions
from ltlight.metrics.temperature import fit_temperature
from ltlight.models.checkpoint import load_weights
from ltlight.runs.run_folder import RunFolder
from ltlight.training.build_data import build_data
from ltlight.training.build_model import build_net
from ltlight.training.final_scores import final_scores
from tests.parts import quick_run, quick_runs, small

GENERATOR = np.random.default_rng(6)
HELD_OUT = ("data.val_fraction=0.2", "data.ratio=0.5", "optim.lr=0.02")


@pytest.fixture(scope="module")
def with_held_out(tmp_path_factory) -> RunFolder:
    return quick_run(tmp_path_factory.mktemp("held_out"), *HELD_OUT, "method.tta=flip")


def two_classes(num: int) -> tuple[np.ndarray, np.ndarray]:
    targets = GENERATOR.choice(2, num, p=[0.8, 0.2])
    pull = np.array([2.0, 0.0])  # of the head, as long-tailed training leaves it
    return targets, GENERATOR.normal(size=(num, 2)) + 1.5 * np.eye(2)[targets] + pull


def pictures(targets: np.ndarray, *names: str) -> ImageSet:
    return ImageSet(np.zeros((len(targets), 3, 1, 1), np.uint8), targets, names)


def test_held_out_logits_are_of_the_kept_weights_with_all_views(with_held_out):
    arrays, config = with_held_out.predictions(), small(*HELD_OUT)
    with quick_runs():
        held = build_data(config).val_set
    np.testing.assert_array_equal(arrays["held_out_targets"], held.labels)
    net = build_net(config, 10)
    load_weights(net, with_held_out.model_checkpoint)
    images = torch.from_numpy(held.images).float() / 127.5 - 1
    with torch.no_grad():
        plain = net.eval()(images).numpy()
    # Digits aren't mirrored: the flip has one view of them.
    np.testing.assert_allclose(arrays["held_out_logits"], plain, rtol=1e-4, atol=1e-4)
    assert arrays["held_out_logits"].dtype == np.float32


def test_held_out_logits_are_asked_as_the_test_is(tmp_path, with_held_out):
    views = ("method.tta=ten_crop", "method.posthoc_tau=1")
    arrays = quick_run(tmp_path, *HELD_OUT, *views).predictions()
    before = with_held_out.predictions()
    for part in ("logits", "held_out_logits"):
        assert np.abs(arrays[part] - before[part]).max() > 0.1


def test_the_temperature_is_fitted_to_them_and_shown_on_the_test(with_held_out):
    metrics, arrays = with_held_out.metrics(), with_held_out.predictions()
    held_out = arrays["held_out_logits"], arrays["held_out_targets"]
    assert metrics["temperature"] == pytest.approx(fit_temperature(*held_out))
    logs = log_probabilities(arrays["logits"], metrics["temperature"])
    expected = log_loss(logs, arrays["targets"])
    assert metrics["test/log_loss_calibrated"] == pytest.approx(expected)
    assert "threshold" not in metrics  # ten classes


def test_held_out_metrics_are_still_those_of_the_kept_epoch(with_held_out):
    metrics, arrays = with_held_out.metrics(), with_held_out.predictions()
    found = arrays["held_out_logits"].argmax(1) == arrays["held_out_targets"]
    assert metrics["val/accuracy"] == pytest.approx(found.mean())


def test_a_run_of_two_classes_records_what_is_asked_of_them(tmp_path):
    two = ("data.first_classes=2", "data.val_fraction=0.2", "data.ratio=0.3", "optim.lr=0.02")
    metrics = quick_run(tmp_path, *two, "data.positive_class='0'").metrics()
    assert metrics["positive_class"] == "0"  # the rarer is 1
    assert metrics["test/sensitivity"] == pytest.approx(metrics["recall_per_class"][0])
    assert metrics["test/specificity"] == pytest.approx(metrics["recall_per_class"][1])
    assert {"test/roc_auc", "test/pr_auc", "test/sensitivity_at_threshold"} <= set(metrics)
    assert 0 < metrics["threshold"] < 1


def test_a_positive_class_of_ten_is_refused_before_anything_is_trained(tmp_path):
    with pytest.raises(UserError, match=r"data\.positive_class=3 is of two classes"):
        quick_run(tmp_path, "data.positive_class='3'")
    assert not list(tmp_path.glob("*.ckpt"))


def test_without_held_out_images_nothing_is_fitted_and_the_record_says_so():
    targets, logits = two_classes(100)
    found = final_scores(logits, pictures(targets, "healthy", "ill"), 1, None)
    assert (found["temperature"], found["threshold"]) == (None, None)
    assert not [name for name in found if "calibrated" in name or "at_threshold" in name]
    plain = logit_scores(logits, targets, 1)
    assert {name: found[f"test/{name}"] for name in plain} == plain
    assert found["positive_class"] == "ill"


def test_scores_by_class_are_lists():
    targets, logits = two_classes(100)
    found = final_scores(logits, pictures(targets, "a", "b"), 1, None)
    confusion = confusion_matrix(targets, logits.argmax(1), 2)
    assert found["precision_per_class"] == precisions(confusion).tolist()
    assert found["f1_per_class"] == f1_by_class(confusion).tolist()


def test_with_two_classes_a_threshold_trades_specificity_for_sensitivity():
    (targets, logits), held_out = two_classes(2000), two_classes(2000)
    found = final_scores(logits, pictures(targets, "healthy", "ill"), 1, held_out)
    assert 0 < found["threshold"] < 0.4
    assert found["test/sensitivity_at_threshold"] > found["test/sensitivity"]
    assert found["test/specificity_at_threshold"] < found["test/specificity"]


def test_held_out_images_of_one_class_give_a_temperature_and_no_threshold():
    targets, logits = two_classes(100)
    held_out = np.zeros(30, int), GENERATOR.normal(size=(30, 2))
    found = final_scores(logits, pictures(targets, "healthy", "ill"), 1, held_out)
    assert found["threshold"] is None
    assert found["temperature"] > 0
