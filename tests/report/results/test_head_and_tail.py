"""The two ends of the classes, and their mean recall."""

from types import SimpleNamespace

import numpy as np
import pytest

from ltlight.report.results.head_and_tail import head, mean_recall, tail


def test_many_and_few_shot_classes_where_there_are_some():
    counts = np.array([10, 300, 101, 100, 20, 19])
    assert head(counts).classes.tolist() == [False, True, True, False, False, False]
    assert tail(counts).classes.tolist() == [True, False, False, False, False, True]
    assert (head(counts).name, tail(counts).name) == (
        "classes of more than 100 training images",
        "fewer than 20",
    )


@pytest.mark.parametrize("scale", [1, 100])
def test_else_the_largest_and_the_smallest_third(scale):
    counts = scale * np.array([3, 9, 5, 9, 4, 6]) + 50 * (scale > 1)
    if scale == 1:
        assert head(counts).classes.tolist() == [False, True, False, True, False, False]
    else:
        assert head(counts).name == "the largest third of the classes"
        assert tail(counts).classes.tolist() == [True, False, False, False, True, False]
        assert tail(counts).name == "the smallest third"


def test_mean_recall_is_of_the_classes_with_test_images():
    confusion = np.array([[8, 2, 0], [5, 5, 0], [0, 0, 0]])
    targets, labels = np.repeat([0, 1], 10), np.repeat([0, 1, 0, 1], [8, 2, 5, 5])
    found = SimpleNamespace(
        confusion=confusion,
        targets=targets,
        labels=labels,
        adjusted=np.ones(20, dtype=int),
        class_counts=np.array([200, 150, 5]),
    )
    member = SimpleNamespace(predictions=found)
    ends = head(found.class_counts), tail(found.class_counts)
    assert mean_recall([member], ends[0]) == pytest.approx((0.8 + 0.5) / 2)
    assert mean_recall([member], ends[0], adjusted=True) == pytest.approx(0.5)
    assert np.isnan(mean_recall([member], ends[1]))
