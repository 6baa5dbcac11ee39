import numpy as np
import torch
from torch import nn

from ltlight.training.predictor import Predictor
from ltlight.training.tta import flip, none, ten_crop

PRIOR = torch.tensor([0.4, 0.3, 0.2, 0.1])


def network() -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4)), torch.randn(5, 3, 8, 8)


def test_logits_are_averaged_over_views_and_then_adjusted():
    net, images = network()
    for mirror in (True, False):
        found = Predictor(ten_crop, mirror, 1.0, PRIOR)(net, images)
        mean = np.mean([net(v).detach().numpy() for v in ten_crop(images, mirror)], axis=0)
        wanted = mean - np.log([0.4, 0.3, 0.2, 0.1])
        np.testing.assert_allclose(found.detach().numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_one_view_is_adjusted_too():
    net, images = network()
    predictor = Predictor(flip, True, 0.5, PRIOR)
    wanted = net(images) - 0.5 * PRIOR.log()
    torch.testing.assert_close(predictor.one_view(net, images), wanted)
    assert not torch.allclose(predictor(net, images), wanted)


def test_without_views_and_strength_the_logits_are_the_networks():
    net, images = network()
    predictor = Predictor(none, True, 0.0, PRIOR)
    assert torch.equal(predictor(net, images), net(images))
    assert torch.equal(predictor.one_view(net, images), net(images))


def test_checkpoints_hold_nothing_of_it_but_it_moves_with_the_network():
    predictor = Predictor(none, True, 1.0, PRIOR)
    assert not predictor.state_dict()
    assert predictor.to("meta").prior.device.type == "meta"
