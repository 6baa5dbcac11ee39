"""Held-out units and folds: what must hold of every split, on random classes and groups."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from ltlight.data.holdout import (
    TRAINED,
    fold_numbers,
    held_out_units,
    keep_duplicates_together,
    single_unit_classes,
)
from ltlight.errors import UserError

CLASSES = 5


def patients(seed: int, number: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Labels and groups: groups of 1 to 30 images, each of one or two classes, head to tail."""
    rng = np.random.default_rng(seed)
    labels, groups = [], []
    for group in range(number):
        classes = rng.choice(CLASSES, 2, p=[0.4, 0.25, 0.15, 0.12, 0.08])
        size = rng.integers(1, 31)
        labels.append(rng.choice(classes, size))
        groups.append(np.full(size, group))
    return np.concatenate(labels), np.concatenate(groups)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.3, 0.5])
def test_no_unit_is_torn_apart_and_every_class_is_near_its_share(seed, fraction):
    labels, groups = patients(seed)
    held = held_out_units(labels, groups, fraction, seed, CLASSES)
    assert not set(groups[held]) & set(groups[~held])
    sizes, of_class = np.bincount(labels), np.bincount(labels[held], minlength=CLASSES)
    assert held.mean() == pytest.approx(fraction, abs=0.08)
    assert (of_class > 0).all()
    assert (of_class < sizes).all()
    # Nearer to stratified than groups drawn at random, of which the mean is taken.
    rng = np.random.default_rng(seed)
    chance = []
    for _ in range(50):
        drawn = np.isin(groups, rng.choice(40, round(40 * fraction), replace=False))
        found = np.bincount(labels[drawn], minlength=CLASSES) / sizes
        chance.append(np.abs(found - fraction).mean())
    assert np.abs(of_class / sizes - fraction).mean() < np.mean(chance)


def test_the_units_held_out_are_a_function_of_the_seed():
    labels, groups = patients(0)
    first, again = (held_out_units(labels, groups, 0.2, 1, CLASSES) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    found = {held_out_units(labels, groups, 0.2, s, CLASSES).tobytes() for s in range(5)}
    assert len(found) > 1


def test_a_class_of_one_unit_stays_with_all_that_is_in_the_unit():
    labels = np.array([0, 0, 0, 0, 1, 1, 0, 2])
    units = np.array([0, 0, 1, 2, 3, 3, 3, 3])
    assert single_unit_classes(labels, units, 3).tolist() == [1, 2]
    held = held_out_units(labels, units, 0.25, 0, 3)
    assert not held[4:].any()
    assert 0 < held[:4].sum() < 4


def test_two_units_are_one_to_train_on_and_one_to_test_on():
    labels, units = np.array([0, 1, 0, 1, 1]), np.array([7, 7, 9, 9, 9])
    held = held_out_units(labels, units, 0.2, 0, 2)
    assert sorted([held[:2].all(), held[2:].all()]) == [False, True]


def test_where_nothing_can_be_spared_nothing_is_held_out():
    labels, units = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])
    assert not held_out_units(labels, units, 0.5, 0, 2).any()


def test_folds_of_single_images_are_scikit_learns():
    labels = np.repeat(np.arange(3), [50, 20, 7])
    splitter = StratifiedKFold(5, shuffle=True, random_state=0)
    theirs = [tested for _, tested in splitter.split(labels, labels)]
    found = fold_numbers(labels, None, 5, 0, 3)
    assert [np.flatnonzero(found == k).tolist() for k in range(5)] == [t.tolist() for t in theirs]


def test_folds_of_units_are_scikit_learns_of_one_of_five_shuffles():
    labels, groups = patients(1)
    found = fold_numbers(labels, groups, 4, 0, CLASSES)
    splits = []
    for trial in range(5):
        splitter = StratifiedGroupKFold(4, shuffle=True, random_state=7919 * trial)
        theirs = np.empty(len(labels), dtype=int)
        for k, (_, tested) in enumerate(splitter.split(labels, labels, groups)):
            theirs[tested] = k
        splits.append(theirs.tolist())
    assert found.tolist() in splits


@pytest.mark.parametrize("seed", range(4))
def test_every_fold_trains_on_every_class_and_tears_no_unit_apart(seed):
    labels, groups = patients(seed, number=12)
    found = fold_numbers(labels, groups, 3, 0, CLASSES)
    for unit in np.unique(groups):
        assert len(set(found[groups == unit])) == 1
    for k in range(3):
        assert set(labels[found != k]) == set(labels)
        assert (found == k).any()


def test_small_classes_in_folds():
    """Fewer images than folds are each tested once; a single one is trained on in all."""
    labels = np.repeat(np.arange(3), [20, 3, 1])
    found = fold_numbers(labels, None, 5, 0, 3)
    assert found[-1] == TRAINED
    assert len(set(found[20:23])) == 3
    assert (found[:-1] != TRAINED).all()


@pytest.mark.parametrize(
    ("labels", "units"),
    [([0, 0, 0, 1, 1, 1], None), ([0] * 8 + [1] * 8, [0, 0, 1, 1, 2, 2, 3, 3] * 2)],
)
def test_too_little_for_so_many_folds(labels, units):
    units = None if units is None else np.array(units)
    with pytest.raises(UserError, match=r"data\.folds=5.*lower data\.folds"):
        fold_numbers(np.array(labels), units, 5, 0, 2)


def test_duplicates_follow_the_first_of_them():
    labels = np.repeat(np.arange(2), 10)
    units = np.arange(20)
    units[[3, 12]] = 0  # with image 0, one of them of the other class
    asked = []

    def first_five(of_first: np.ndarray) -> np.ndarray:
        asked.append(of_first.tolist())
        return np.where(np.arange(len(of_first)) < 5, 0, TRAINED)

    found = keep_duplicates_together(labels, units, first_five)
    assert asked == [np.delete(labels, [3, 12]).tolist()]
    assert np.flatnonzero(found == 0).tolist() == [0, 1, 2, 3, 4, 5, 12]


def test_duplicates_leave_no_class_without_training():
    labels, units = np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0])
    found = keep_duplicates_together(labels, units, lambda first: np.array([0, TRAINED, TRAINED]))
    assert (found == TRAINED).all()
