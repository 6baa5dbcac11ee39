"""The average of the seeds' logits: of one subset only, and what it is."""

import numpy as np
import pytest
import torch
from sklearn import metrics

from ltlight.config import choices
from ltlight.errors import UserError
from ltlight.report.results.group import groups
from ltlight.report.results.seed_average import (
    VIEWS,
    averages_of,
    have_own_subsets,
    seed_averages,
    share_subset,
)
from ltlight.report.results.sweep import ACCURACY, BALANCED, F1, read_sweep
from ltlight.runs.run_folder import RunFolder
from tests.report.run_folders import write_run

ONE_SUBSET = {"seed": 0}


def write(folder, seeds=3, method="baseline", **more):
    """Seeds of one subset, unless ``data_keys`` say otherwise."""
    settings = {"data_keys": ONE_SUBSET, "pictures": False} | more
    return [write_run(folder, method=method, seed=seed, **settings) for seed in range(seeds)]


def replace_logits(run: RunFolder, logits) -> None:
    arrays = run.predictions() | {"logits": np.array(logits, dtype=np.float32)}
    np.savez(run.path / "predictions.npz", **arrays)


def only(folder):
    [average] = seed_averages(read_sweep(folder))
    return average


def test_by_hand_the_network_that_is_surest_decides(tmp_path):
    """Neither their votes nor their mean probabilities, 0.497 and 0.543 for the truth, say so."""
    runs = write(tmp_path, num_classes=2, test_per_class=1)
    replace_logits(runs[0], [[0.0, 1.0], [0.0, 1.0]])
    replace_logits(runs[1], [[0.0, 1.0], [0.0, -4.0]])
    replace_logits(runs[2], [[3.0, 0.0], [0.0, 2.0]])
    found = only(tmp_path)  # means: (1, 2/3), (0, -1/3); the truth is 0, 1
    assert [m.seed for m in found.members] == [0, 1, 2]
    assert found.scores["accuracy"] == 0.5
    assert found.scores["balanced_accuracy"] == 0.5
    assert found.scores["f1_macro"] == pytest.approx((2 / 3 + 0) / 2)


def test_scores_are_scikit_learns_of_the_mean_logits(tmp_path):
    runs = write(tmp_path)
    logits = np.mean([run.predictions()["logits"].astype(float) for run in runs], axis=0)
    targets, labels = runs[0].predictions()["targets"], logits.argmax(axis=1)
    scores = only(tmp_path).scores
    assert scores["accuracy"] == metrics.accuracy_score(targets, labels)
    assert scores["f1_macro"] == pytest.approx(metrics.f1_score(targets, labels, average="macro"))
    expected = metrics.balanced_accuracy_score(targets, labels)
    assert scores["balanced_accuracy"] == pytest.approx(expected)
    single = np.mean([run.metrics()["test/accuracy"] for run in runs])
    assert scores["accuracy"] > single  # noise that is independent averages out


def test_two_networks_that_are_the_same_score_as_one(tmp_path):
    first, second = write(tmp_path, seeds=2)
    replace_logits(second, first.predictions()["logits"])
    scores = only(tmp_path).scores
    for name in (ACCURACY, F1, BALANCED):
        assert scores[name.removeprefix("test/")] == pytest.approx(first.metrics()[name])


def test_each_method_and_ratio_is_averaged_by_itself(tmp_path):
    for ratio in (0.1, 0.02):
        for method in ("baseline", "improved"):
            write(tmp_path, 2, method, ratio=ratio)
    sweep = read_sweep(tmp_path)
    methods = ("baseline", "improved")
    expected = [("toy", ratio, method) for ratio in (0.1, 0.02) for method in methods]
    assert [a.key for a in seed_averages(sweep)] == expected
    assert list(averages_of(groups(sweep)[1])) == ["baseline", "improved"]
    assert not have_own_subsets(sweep)


@pytest.mark.parametrize(
    "data_keys",
    [
        [{}, {}],  # as every run before data.seed was a key: the subset is the seed's
        [{"seed": 0}, {"seed": 1}],
        [{"seed": 0}, {}],  # the second's is its seed, 1
        [{"seed": 0}, {"seed": 0, "profile": "step"}],
        [{"seed": 0}, {"seed": 0, "val_fraction": 0.1}],
        [{"seed": 0, "profile": "natural", "val_fraction": 0.1}, {"profile": "natural"}],
        [{"seed": 0, "root": "one"}, {"seed": 0, "root": "another"}],
        [{"seed": 0, "group": None}, {"seed": 0, "group": "(.*)_"}],
        [{"seed": 0, "near_duplicates": 4}, {"seed": 0}],
    ],
)
def test_seeds_of_different_subsets_are_not_averaged(tmp_path, data_keys):
    for seed, keys in enumerate(data_keys):
        write_run(tmp_path, seed=seed, pictures=False, data_keys=keys)
    write(tmp_path, 2, "improved")
    sweep = read_sweep(tmp_path)
    assert [a.key[2] for a in seed_averages(sweep)] == ["improved"]
    assert have_own_subsets(sweep)


def test_one_seed_of_another_subset_leaves_the_method_without_an_average(tmp_path):
    write(tmp_path, 2)
    write_run(tmp_path, seed=2, pictures=False)
    sweep = read_sweep(tmp_path)
    assert seed_averages(sweep) == []
    assert not share_subset(sweep.finished)


def test_keys_that_choose_no_image_may_differ(tmp_path):
    for seed, cache in enumerate(["one", "another"]):
        keys = ONE_SUBSET | {"cache": cache, "eval_batch_size": 100 + seed}
        write_run(tmp_path, seed=seed, pictures=False, data_keys=keys)
    assert len(only(tmp_path).members) == 2


def test_other_class_counts_are_another_subset(tmp_path):
    write(tmp_path, 1)
    write_run(tmp_path, seed=1, pictures=False, data_keys=ONE_SUBSET, train_max=300)
    assert seed_averages(read_sweep(tmp_path)) == []


def test_a_record_without_the_key_shares_the_subset_that_its_seed_names(tmp_path):
    write_run(tmp_path, seed=0, pictures=False)  # of a version without data.seed
    write_run(tmp_path, seed=1, pictures=False, data_keys=ONE_SUBSET)
    assert len(only(tmp_path).members) == 2


@pytest.mark.parametrize(("ratio", "keys"), [(1.0, {}), (0.02, {"profile": "natural"})])
def test_where_every_image_is_kept_all_seeds_have_the_same(tmp_path, ratio, keys):
    write(tmp_path, 2, ratio=ratio, data_keys=keys)
    assert len(only(tmp_path).members) == 2
    write(tmp_path / "other", 2, ratio=ratio, data_keys=keys | {"val_fraction": 0.2})
    assert seed_averages(read_sweep(tmp_path / "other")) == []  # what is held out is drawn


def test_one_seed_is_no_average_and_lacks_none(tmp_path):
    write(tmp_path, 1)
    sweep = read_sweep(tmp_path)
    assert seed_averages(sweep) == []
    assert not have_own_subsets(sweep)


@pytest.mark.parametrize("change", [{"test_per_class": 21}, {"num_classes": 6}])
def test_seeds_of_different_test_sets_are_refused_before_they_are_averaged(tmp_path, change):
    write(tmp_path, 2)
    write_run(tmp_path, seed=2, pictures=False, data_keys=ONE_SUBSET, **change)
    with pytest.raises(UserError, match="tested on different images"):
        read_sweep(tmp_path)


@pytest.mark.parametrize(
    ("tta", "mirror", "price"),
    [("none", True, 3), ("flip", True, 6), ("ten_crop", True, 30), ("ten_crop", False, 15)],
)
def test_an_image_costs_every_networks_views(tmp_path, tta, mirror, price):
    write(tmp_path, data_keys=ONE_SUBSET | {"mirror": mirror}, method_keys={"tta": tta})
    assert only(tmp_path).inferences == price


def test_views_are_as_many_as_the_training_takes():
    images = torch.zeros(1, 3, 32, 32)
    found = {}
    for name in choices.VIEWS:
        views = choices.load(choices.VIEWS, name)
        found[name] = (len(views(images, True)), len(views(images, False)))
    assert found == VIEWS


def test_the_runs_themselves_hold_no_logits(tmp_path):
    write(tmp_path, 2)
    sweep = read_sweep(tmp_path)
    seed_averages(sweep)
    held = [value for m in sweep.finished for value in vars(m.predictions).values()]
    shapes = {a.shape for a in held if isinstance(a, np.ndarray)}
    assert shapes == {(100,), (5,), (5, 5)}
