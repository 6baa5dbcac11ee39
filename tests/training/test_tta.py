"""Views against NumPy, and what the classifier makes of them."""

import numpy as np
import pytest
import torch
from torch import nn

from ltlight.training.classifier import LongTailClassifier
from ltlight.training.tta import views


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
    seen = torch.stack(list(views(torch.from_numpy(images), "ten_crop", mirror)))
    np.testing.assert_array_equal(seen.numpy(), reference(images, mirror))


def test_flip_and_none():
    images = torch.arange(12.0).view(1, 1, 3, 4)[..., :3]
    assert [v.tolist() for v in views(images, "none")] == [images.tolist()]
    assert [v.tolist() for v in views(images, "flip")] == [images.tolist(), images.flip(3).tolist()]
    assert [v.tolist() for v in views(images, "flip", mirror=False)] == [images.tolist()]


def test_the_classifier_averages_logits_and_then_adjusts_them():
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4))
    images = torch.randn(5, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    model = LongTailClassifier(net, [40, 30, 20, 10], tta="ten_crop", posthoc_tau=1.0)
    mean = np.mean([net(v).detach().numpy() for v in views(images, "ten_crop")], axis=0)
    wanted = mean - np.log([0.4, 0.3, 0.2, 0.1])
    np.testing.assert_allclose(model(images).detach().numpy(), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("watched", [True, False])
def test_a_held_out_split_is_evaluated_as_the_test_set_will_be(watched):
    """Where the test set is only watched, each epoch goes without the ten passes."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4))
    model = LongTailClassifier(net, [1] * 4, tta="ten_crop", validation_is_test=watched)
    seen = []
    model.eval_metrics.update = lambda logits, labels: seen.append(logits)
    images, labels = torch.randn(5, 3, 8, 8), torch.zeros(5, dtype=torch.int64)
    model.validation_step((images, labels), 0)
    model.on_test_epoch_start()
    model.test_step((images, labels), 0)
    assert torch.equal(seen[0], net(images) if watched else model(images))
    assert torch.equal(seen[1], model(images))
