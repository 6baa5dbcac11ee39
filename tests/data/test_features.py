"""The cache of features: filled where asked for, shared, resumed, keyed by all it is of."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from ltlight.data import feature_entry
from ltlight.data import features as module
from ltlight.data.features import FeatureKey, with_features
from ltlight.data.image_set import ImageSet
from ltlight.errors import UserError
from ltlight.interruption import heeding

KEY = FeatureKey("some weights", 2, views=2, augmentation="noise")


class Embedder:
    """Brightness of red and green, and what was asked for."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.asked: list[tuple[int, int]] = []
        self.stop_after = stop_after

    def __call__(self, images, rows, view):
        if len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked += [(int(row), view) for row in rows]
        return images[:, :2].mean((2, 3)) + 1000 * view


@pytest.fixture
def images() -> ImageSet:
    store = np.random.default_rng(0).integers(0, 256, (100, 3, 4, 4), dtype=np.uint8)
    files = np.array([f"{i}.png" for i in range(100)], dtype=object)
    return ImageSet(store, np.arange(100) % 4, tuple("abcd"), files=files)


def test_features_stand_where_pixels_stood(tmp_path, images):
    part = images.subset(np.array([70, 3, 41]))
    embed = Embedder()
    found = with_features(part, embed, KEY, tmp_path)
    assert found.images.shape == (3, 2, 2)
    assert found.images.dtype == np.float16
    wanted = part.images[:, :2].mean((2, 3))
    np.testing.assert_allclose(found.images[:, 0], wanted, rtol=1e-3)
    np.testing.assert_allclose(found.images[:, 1], wanted + 1000, rtol=1e-3)
    assert found.labels.tolist() == part.labels.tolist()
    assert found.files.tolist() == ["70.png", "3.png", "41.png"]
    assert {row for row, _ in embed.asked} == {70, 3, 41}


def test_another_subset_computes_what_is_missing(tmp_path, images):
    with_features(images.subset(np.array([1, 2, 3])), Embedder(), KEY, tmp_path)
    embed = Embedder()
    with_features(images.subset(np.array([3, 4])), embed, KEY, tmp_path)
    assert embed.asked == [(4, 0), (4, 1)]
    again = Embedder()
    with_features(images.subset(np.array([4, 1])), again, KEY, tmp_path)
    assert again.asked == []


def test_an_interrupted_pass_goes_on_with_the_same_result(tmp_path, images, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 10)
    monkeypatch.setattr(module, "FLUSHED", 2)
    with pytest.raises(KeyboardInterrupt):
        with_features(images, Embedder(stop_after=70), KEY, tmp_path / "cut")
    embed = Embedder()
    resumed = with_features(images, embed, KEY, tmp_path / "cut")
    assert 0 < len(embed.asked) < 200
    whole = with_features(images, Embedder(), KEY, tmp_path / "whole")
    np.testing.assert_array_equal(resumed.images, whole.images)


@pytest.mark.parametrize(
    "other",
    [{"backbone": "other weights"}, {"views": 3}, {"augmentation": "other"}, {"num_features": 2}],
)
def test_an_entry_is_of_weights_views_and_augmentation(tmp_path, images, other):
    part = images.subset(np.array([1]))
    with_features(part, Embedder(), KEY, tmp_path)
    embed = Embedder()
    with_features(part, embed, replace(KEY, **other), tmp_path)
    assert bool(embed.asked) == (replace(KEY, **other) != KEY)


def test_an_entry_is_of_the_images(tmp_path, images):
    with_features(images, Embedder(), KEY, tmp_path)
    changed = images.store.copy()
    changed[5, 0, 0, 0] ^= 1
    embed = Embedder()
    with_features(replace(images, store=changed), embed, KEY, tmp_path)
    assert len(embed.asked) == 200


def test_a_memory_map_is_known_by_its_file(tmp_path, images):
    np.save(tmp_path / "images.npy", images.store)
    for expected in (200, 0):
        mapped = np.load(tmp_path / "images.npy", mmap_mode="c")
        embed = Embedder()
        with_features(replace(images, store=mapped), embed, KEY, tmp_path)
        assert len(embed.asked) == expected


def test_a_disk_without_room_is_refused_before_anything_is_computed(tmp_path, images, monkeypatch):
    monkeypatch.setattr(feature_entry, "free_disk", lambda folder: 100)
    with pytest.raises(UserError, match=r"features of 100 images take .* are free"):
        with_features(images, Embedder(), KEY, tmp_path)


def test_a_signal_in_the_pass_says_what_is_kept(tmp_path, images, monkeypatch, capsys):
    monkeypatch.setattr(module, "BATCH", 10)

    class Signalled(Embedder):
        def __call__(self, images, rows, view):
            if len(self.asked) == 60:
                os.kill(os.getpid(), signal.SIGTERM)
            return super().__call__(images, rows, view)

    with pytest.raises(SystemExit) as caught, heeding("nothing"):
        with_features(images, Signalled(), KEY, tmp_path)
    assert caught.value.code == 143
    (entry,) = (tmp_path / "features").iterdir()
    assert capsys.readouterr().err == (
        f"interrupted by SIGTERM: 30 of 100 features are kept in {entry}: the same command goes "
        "on there\n"
    )
    embed = Embedder()
    with_features(images, embed, KEY, tmp_path)
    assert len(embed.asked) == 2 * 70
