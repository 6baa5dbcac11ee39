import numpy as np
import torch
from lightning import LightningModule
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from ltlight.callbacks.max_norm import MaxNorm
from ltlight.models.cnn_cifar import CNNCifar
from ltlight.models.resnet import ResNet32
from tests.parts import quiet_trainer


class Holder(LightningModule):
    """A network under plain SGD, with the norms of its class weights before every step."""

    def __init__(self, net: nn.Module, lr: float = 0.5) -> None:
        super().__init__()
        self.net, self.lr, self.norms = net, lr, []

    def training_step(self, batch, batch_idx):
        self.norms.append(self.net.head.weight.detach().norm(dim=1))
        return F.cross_entropy(self.net(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.parameters(), lr=self.lr)


def project(net: nn.Module, radius: float) -> None:
    MaxNorm(radius).on_train_batch_end(None, Holder(net), None, None, 0)


def test_projection_is_the_papers():
    torch.manual_seed(0)
    net = CNNCifar(10, width=0.02)
    net.head.weight.data *= torch.linspace(0, 3, 10)[:, None]
    before, bias = net.head.weight.detach().numpy().copy(), net.head.bias.detach().clone()
    norms = np.linalg.norm(before, axis=1, keepdims=True)
    assert norms.min() == 0
    assert (norms > 0.5).any()
    project(net, 0.5)
    expected = before * np.minimum(1, 0.5 / np.maximum(norms, 1e-12))
    np.testing.assert_allclose(net.head.weight.detach().numpy(), expected, rtol=1e-5)
    assert torch.equal(net.head.bias, bias)


def test_weights_within_the_radius_stay_to_the_bit():
    net = ResNet32(10, width=0.25)
    before = net.head.weight.detach().clone()
    project(net, 1.01 * before.norm(dim=1).max().item())
    assert torch.equal(net.head.weight, before)


def test_holds_after_every_step_of_a_fit_also_with_another_head():
    torch.manual_seed(0)
    net = ResNet32(3, image_size=8, width=0.25)
    net.head = nn.Linear(net.head.in_features, 3)
    model = Holder(net)
    images, labels = torch.randn(8, 3, 8, 8), torch.arange(8) % 3
    quiet_trainer(1, [MaxNorm(0.1)]).fit(model, DataLoader([(images, labels)] * 4, batch_size=None))
    assert model.norms[0].max() > 0.2  # as initialised, so there was something to project
    after = [*model.norms[1:], net.head.weight.detach().norm(dim=1)]
    for norms in after:
        assert norms.max() <= 0.1 * (1 + 1e-6)
    assert after[-1].max() > 0.099
