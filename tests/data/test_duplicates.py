"""Duplicates planted among real images, and those that CIFAR-50 is known to have."""

from dataclasses import replace

import numpy as np
import pytest

from ltlight.data.duplicates import (
    duplicate_numbers,
    equal_numbers,
    find_pairs,
    say_duplicates,
)
from ltlight.data.image_set import ImageSet
from ltlight.data.sources.folder_tree import folder
from ltlight.training.build_data import build_data
from tests.parts import configured, tree_config


@pytest.fixture
def planted(digit_sets) -> dict[str, ImageSet]:
    """40 and 20 digits; test 3 is training 5, test 4 of another label training 6, val none."""
    train = replace(digit_sets[0].subset(np.arange(0, 1200, 30)), rows=None)
    test = digit_sets[1].subset(np.arange(0, 540, 27))
    train = replace(train, store=digit_sets[0].images[::30])
    images, labels = test.images.copy(), test.labels.copy()
    images[3:5] = train.images[5:7]
    labels[3], labels[4] = train.labels[5], 9
    files = np.array([f"test/{n}.png" for n in range(20)], dtype=object)
    test = replace(test, store=images, labels=labels, rows=None, files=files)
    return {"train": train, "test": test}


def test_pairs_know_where_and_what_they_are(planted):
    first, second = find_pairs(planted)
    assert (first.kind, first.distance, first.splits, first.places) == (
        "exact",
        0,
        ("train", "test"),
        (5, 3),
    )
    assert first.files == (None, "test/3.png")
    assert second.places == (6, 4)
    assert second.labels == (str(planted["train"].labels[6]), "9")


def test_near_ones_are_pairs_beside_the_exact_ones(planted):
    brighter = planted["test"].store.copy()
    brighter[3] = np.minimum(brighter[3].astype(int) + 4, 255)
    planted["test"] = replace(planted["test"], store=brighter)
    assert [pair.places for pair in find_pairs(planted)] == [(6, 4)]
    found = {(pair.kind, pair.places): pair.distance for pair in find_pairs(planted, within=4)}
    assert found[("exact", (6, 4))] == 0
    assert found[("near", (5, 3))] <= 4


def test_equal_images_are_those_of_equal_pixels_whatever_was_looked_at_first(digit_sets):
    """Images whose middles are equal and corners are not, in parts that are subsets of a store."""
    rng = np.random.default_rng(0)
    store = np.zeros((400, 3, 80, 80), dtype=np.uint8)
    store[:, 0, 0, 0] = rng.integers(0, 100, 400)
    store[:, 1, 40, 40] = rng.integers(0, 2, 400)
    whole = ImageSet(store, np.zeros(400, dtype=np.int64), ("a",))
    parts = [whole.subset(rng.permutation(400)[:300]), whole.subset(np.arange(50))]
    pixels = np.concatenate([part.images.reshape(len(part), -1) for part in parts])
    _, theirs = np.unique(pixels, axis=0, return_inverse=True)
    ours = equal_numbers(parts)
    pairs = np.unique(np.stack([ours, theirs.ravel()]), axis=1)
    assert pairs.shape[1] == len(set(ours)) == len(set(theirs.ravel()))


def test_numbers_of_a_set_link_what_is_equal(planted):
    images = np.concatenate([planted["train"].images, planted["train"].images[[2, 2, 7]]])
    labels = np.zeros(len(images), dtype=np.int64)
    numbers = duplicate_numbers(ImageSet(images, labels, ("a",)))
    assert numbers[2] == numbers[40] == numbers[41]
    assert numbers[7] == numbers[42]
    assert len(set(numbers)) == 40


def test_they_are_said_once(planted, caplog):
    say_duplicates(planted)
    across, labelled = [record.message for record in caplog.records]
    assert across.startswith("2 pairs of images in two splits are equal, which flatters the scores")
    assert "= test/3.png" in across
    assert labelled.startswith("1 pair of images under different labels is equal: train image")
    caplog.clear()
    say_duplicates({"train": planted["train"]})
    assert not caplog.records


@pytest.mark.parametrize("how", ["ignore", "report", "together"])
def test_a_run_reports_them_or_keeps_them_together(how, tmp_path, digit_sets, caplog):
    from tests.conftest import write_tree

    root = write_tree(tmp_path / "tree", digit_sets[0], 10)
    for name in digit_sets[0].class_names:  # every image has a copy in its class
        for file in list((root / name).iterdir()):
            (root / name / f"copy_{file.name}").write_bytes(file.read_bytes())
    data = build_data(
        configured("data=folder", f"data.root={root}", f"data.duplicates={how}", "model.width=0.03")
    )
    equal = equal_numbers([data.train_set, data.test_set])
    shared = set(equal[: len(data.train_set)]) & set(equal[len(data.train_set) :])
    assert (len(shared) == 0) == (how == "together")
    assert ("in two splits are equal" in caplog.text) == (how == "report")
    assert len(data.test_set) == 40


def test_cifar_50_has_what_its_pixels_say(cifar50_root, tmp_path):
    found = folder(tree_config(tmp_path, cifar50_root))
    parts = {"train": found.train, "test": found.test}
    pixels = np.concatenate([part.images.reshape(len(part), -1) for part in parts.values()])
    flat = pixels.view(f"V{pixels.shape[1]}").ravel()
    counts = np.unique(flat, return_counts=True)[1]
    assert len(find_pairs(parts)) == (counts - 1).sum() == 13
