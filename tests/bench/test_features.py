"""The pass and the loop beside it compute the same features; what can't be measured is a line."""

import sys

import numpy as np
import pytest

from ltlight.bench import features
from tests.parts import configured

pytest.importorskip("timm", reason="an extra: .[pretrained]")
BACKBONE = ("model.backbone=resnet10t", "model.weights=random", "model.image_size=48")


def test_both_are_timed_on_the_same_images_and_compared(monkeypatch):
    monkeypatch.setattr(features, "ROUNDS", 2)
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 32, 32), dtype=np.uint8)
    bare, ours = features.seconds_in_turn(configured("model=pretrained", *BACKBONE), images)
    assert len(bare) == len(ours) == 2
    assert min(*bare, *ours) > 0


def test_other_features_would_be_seen(monkeypatch):
    monkeypatch.setattr(features, "bare_loop", lambda net, x: net.mean.new_ones(len(x), 512))
    images = np.zeros((2, 3, 32, 32), dtype=np.uint8)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        features.seconds_in_turn(configured("model=pretrained", *BACKBONE), images)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["model.backbone=resnet10"], "error: model.backbone=resnet10 is no network of timm"),
        (["model.image_size=0"], "error: model.image_size=0 must be"),
    ],
)
def test_bad_input_is_a_line(monkeypatch, words, line):
    monkeypatch.setattr(sys, "argv", ["features", *words])
    with pytest.raises(SystemExit) as ended:
        features.main()
    assert str(ended.value.code).startswith(line)
