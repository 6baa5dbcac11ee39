"""Views against NumPy."""

import numpy as np
import pytest
import torch

from ltlight.config import choices
from ltlight.training.tta import flip, none, ten_crop


def reference(images: np.ndarray, mirror: bool) -> np.ndarray:
    """Every picture moved along the diagonals, its border repeated; [V, B, C, S, S]."""
    size = images.shape[-1]
    rows = np.arange(size)
    seen = []
    for down, right in ((0, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)):
        up = np.clip(rows + down * size // 32, 0, size - 1)
        left = np.clip(rows + right * size // 32, 0, size - 1)
        view = images[..., up, :][..., left]
        seen += [view, view[..., ::-1]] if mirror else [view]
    return np.stack(seen)


@pytest.mark.parametrize("mirror", [True, False])
@pytest.mark.parametrize("size", [32, 64])
def test_ten_crop(size, mirror):
    images = np.random.default_rng(0).normal(size=(3, 3, size, size))
    seen = torch.stack(ten_crop(torch.from_numpy(images), mirror))
    np.testing.assert_array_equal(seen.numpy(), reference(images, mirror))


def test_flip_and_none():
    images = torch.arange(12.0).view(1, 1, 3, 4)[..., :3]
    for mirror in (True, False):
        assert [v.tolist() for v in none(images, mirror)] == [images.tolist()]
    assert [v.tolist() for v in flip(images, True)] == [images.tolist(), images.flip(3).tolist()]
    assert [v.tolist() for v in flip(images, False)] == [images.tolist()]


@pytest.mark.parametrize("name", choices.VIEWS)
@pytest.mark.parametrize("size", [8, 16])
def test_the_pictures_themselves_come_first_and_views_have_their_size(name, size):
    images = torch.randn(2, 3, size, size)
    views = choices.load(choices.VIEWS, name)(images, True)
    assert torch.equal(views[0], images)
    assert {v.shape for v in views} == {images.shape}
    assert len({v.numpy().tobytes() for v in views}) == len(views)
