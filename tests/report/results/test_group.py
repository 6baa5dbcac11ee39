"""Classes head to tail, and what is averaged over seeds."""

import numpy as np
import pytest

from ltlight.report.results.group import confusion, groups, mean_recalls, row_percent, running_mean
from ltlight.report.results.sweep import read_sweep


def test_classes_are_ordered_by_falling_count(sweep_folder):
    for run in read_sweep(sweep_folder).finished:  # the tail is now the first class
        arrays = run.folder.predictions()
        arrays["class_counts"] = arrays["class_counts"][::-1]
        np.savez(run.folder.path / "predictions.npz", **arrays)
    group = groups(read_sweep(sweep_folder))[0]
    assert group.order.tolist() == [4, 3, 2, 1, 0]
    assert (np.diff(group.counts) <= 0).all()
    assert group.names[0] == "class_name_04"
    members = group.methods["baseline"]
    matrix = confusion(members, group.order)
    assert matrix[0, 1] == sum(m.predictions.confusion[4, 3] for m in members)
    recalls = np.mean([m.predictions.recalls for m in members], axis=0)
    assert mean_recalls(members, group.order) == pytest.approx(recalls[::-1])
    assert row_percent(matrix).sum(axis=1) == pytest.approx(100)


def test_groups_are_by_data_and_falling_ratio_and_named_for_both(toy):
    found = groups(toy)
    assert [g.ratio for g in found] == [0.1, 0.02]
    assert (found[1].title, found[1].slug) == ("toy, ratio 0.02", "toy_ratio0.02")
    for g in found:
        assert list(g.methods) == ["baseline", "improved"]
        assert [m.seed for m in g.methods["improved"]] == [0, 1]
        assert g.first is g.methods["baseline"][0]


def test_a_class_without_test_images_has_no_percentages():
    found = row_percent(np.array([[3, 1], [0, 0]]))
    np.testing.assert_equal(found, [[75, 25], [np.nan, np.nan]])


def test_running_mean_is_of_an_eighth_of_the_classes():
    values = np.arange(50.0)
    found = running_mean(values)
    assert found[25] == values[22:29].mean()
    assert found[0] == values[:4].mean()
    assert running_mean(np.array([0.2, np.nan, 0.4]))[[0, 2]].tolist() == [0.2, 0.4]
