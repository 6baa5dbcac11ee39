"""What is recorded is what was trained and tested."""

import numpy as np
import pytest
import torch
from torch import nn

from ltlight.data.longtail import class_counts
from ltlight.metrics.of_logits import logit_scores
from ltlight.metrics.scores import confusion_matrix, recalls, scores
from ltlight.models.checkpoint import load_weights
from ltlight.runs.run_folder import RunFolder
from ltlight.training.build_model import build_net
from ltlight.training.record import record
from tests.parts import small


def test_metrics_are_those_of_the_recorded_logits(finished):
    metrics, arrays = finished.metrics(), finished.predictions()
    predicted, counts = arrays["logits"].argmax(1), arrays["class_counts"]
    confusion = confusion_matrix(arrays["targets"], predicted, 10)
    found = {k.removeprefix("test/"): v for k, v in metrics.items() if k.startswith("test/")}
    wanted = scores(confusion, counts) | logit_scores(arrays["logits"], arrays["targets"])
    wanted = {k: None if np.isnan(v) else v for k, v in wanted.items()}
    assert found == pytest.approx(wanted, abs=1e-6)
    assert metrics["recall_per_class"] == pytest.approx(recalls(confusion).tolist())
    assert counts.tolist() == metrics["class_counts"] == class_counts(10, 120, 0.1)


def test_the_recorded_logits_are_those_of_the_recorded_weights(finished, digit_sets):
    net = build_net(small(), 10)
    untrained = {k: v.clone() for k, v in net.state_dict().items()}
    load_weights(net, finished.model_checkpoint)
    assert not torch.equal(net.head.weight, untrained["classifier.7.weight"])
    images = torch.from_numpy(digit_sets[1].images).float() / 127.5 - 1
    with torch.no_grad():
        logits = net.eval()(images).numpy()
    np.testing.assert_allclose(finished.predictions()["logits"], logits, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(finished.predictions()["targets"], digit_sets[1].labels)


def test_what_was_done_is_counted(finished):
    metrics = finished.metrics()
    assert (metrics["epochs"], metrics["steps"]) == (2, 6)
    assert metrics["test_images"] == 540
    assert metrics["class_names"] == list("0123456789")
    assert metrics["parameters"] == sum(p.numel() for p in build_net(small(), 10).parameters())
    seconds = {k: v for k, v in metrics.items() if k.startswith("seconds/")}
    assert set(seconds) == {f"seconds/{part}" for part in ("setup", "train", "validate", "test")}
    assert all(0 < v < 600 for v in seconds.values())
    seen = 6 * 32  # batches are full
    assert metrics["images_per_second"] == pytest.approx(seen / metrics["seconds/train"])
    assert metrics["versions"]["torch"] == torch.__version__.split("+")[0]


def test_nothing_is_recorded_before_a_test(tmp_path):
    class Untested(nn.Module):
        test_logits = None

    with pytest.raises(RuntimeError, match="nothing to record before a test"):
        record(RunFolder(tmp_path), Untested(), None, {})
    assert not RunFolder(tmp_path).is_finished
