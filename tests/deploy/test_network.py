"""From pixels to calibrated logits, written out in NumPy."""

import numpy as np
import torch
from torch import nn

from ltlight.deploy.network import Averaged, Calibrated
from ltlight.losses.class_stats import class_prior
from ltlight.training import tta
from ltlight.training.predictor import Predictor


class Sums(nn.Module):
    """Sums over the left and the right half of a picture as logits of two classes."""

    def forward(self, images):
        left, right = images.chunk(2, dim=3)
        return torch.stack([left.sum((1, 2, 3)), right.sum((1, 2, 3))], dim=1)


IMAGES = np.random.default_rng(0).integers(0, 256, (3, 3, 4, 4), dtype=np.uint8)
PRIOR = class_prior([30, 10])


def expected(views, tau, temperature, shift):
    unit = IMAGES.astype(np.float64) / 127.5 - 1
    halves = [
        np.stack([v[..., :2].sum((1, 2, 3)), v[..., 2:].sum((1, 2, 3))], 1) for v in views(unit)
    ]
    z = np.mean(halves, axis=0) - tau * np.log([0.75, 0.25])
    return z / temperature + shift


def test_scaling_views_posthoc_temperature_and_prior_in_this_order():
    shift = np.array([0.5, -1.0])
    net = Calibrated(
        Sums(), Predictor(tta.flip, True, 0.7, PRIOR), 2.5, torch.tensor(shift).float()
    )
    found = net(torch.from_numpy(IMAGES))
    wanted = expected(lambda x: [x, x[..., ::-1]], 0.7, 2.5, shift)
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-4)
    assert found.dtype == torch.float32


def test_the_mean_of_logits_of_several():
    nets = [
        Calibrated(Sums(), Predictor(tta.none, True, 0.0, PRIOR), t, torch.tensor([0.0, s]))
        for t, s in ((1.0, 0.0), (3.0, 2.0))
    ]
    wanted = sum(expected(lambda x: [x], 0, t, [0, s]) for t, s in ((1.0, 0.0), (3.0, 2.0))) / 2
    found = Averaged(nets)(torch.from_numpy(IMAGES)).numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
