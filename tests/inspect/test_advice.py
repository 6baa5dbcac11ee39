from types import SimpleNamespace

import numpy as np

from ltlight.data.image_set import ImageSet
from ltlight.inspect.advice import advice
from ltlight.metrics.scores import shots


def images(*counts: int) -> ImageSet:
    labels = np.repeat(np.arange(len(counts)), counts)
    names = tuple("abcdefghij"[: len(counts)])
    return ImageSet(np.zeros((len(labels), 3, 1, 1), np.uint8), labels, names)


def said(train: ImageSet, test: ImageSet, groups=None) -> str:
    found = {name: int(mask.sum()) for name, mask in shots(train.class_counts).items()}
    return "\n".join(
        advice(SimpleNamespace(train=train, val=None, test=test, shots=found, groups=groups))
    )


def test_balanced_mild_and_strong_imbalance_are_told_apart():
    test = images(50, 50)
    assert said(images(100, 80), test).startswith("**As good as balanced**")
    assert said(images(100, 30), test).startswith("**Mildly imbalanced**")
    text = said(images(1000, 30), test)
    assert text.startswith(
        "**The imbalance is likely to matter** (largest over smallest class: 33)"
    )
    assert said(images(60, 15), test).startswith("**The imbalance is likely to matter**")
    assert "1 of 2 classes have fewer than 20 training images" in said(images(60, 15), test)


def test_what_the_test_set_can_tell():
    text = said(images(100, 80), images(50, 10))
    assert "steps of 10 points" in text
    assert "The smallest test class (b) has 10 images" in text
    assert "Always answering “a” would score 83 % accuracy" in text
    assert "50 % balanced accuracy" in text
    even = said(images(100, 80), images(50, 50))
    assert "Always answering" not in even
    assert "smallest test class" not in even


def test_untested_classes_are_named():
    assert "nothing will be known of them: c." in said(images(9, 9, 2), images(3, 3, 0))


def test_one_group_in_the_test_is_a_warning():
    train, test = images(100, 80), images(50, 50)
    assert "one group" in said(train, test, {"training": 3, "test": 1})
    assert "one group" not in said(train, test, {"training": 3, "test": 2})
