import pytest
import torch
from torch import nn

from ltlight.errors import UserError
from ltlight.models.cnn_cifar import CNNCifar


def num_parameters(**arguments) -> int:
    with torch.device("meta"):  # 429 MB of weights are not needed to count them
        return sum(p.numel() for p in CNNCifar(**arguments).parameters())


def test_parameters_of_figure_9():
    assert num_parameters(num_classes=50) == 107_363_890


def test_structure_of_figure_9():
    with torch.device("meta"):
        net = CNNCifar(50)
    assert [name for name, _ in net.named_children()] == ["feature", "classifier"]
    convolutions = [m for m in net.feature if isinstance(m, nn.Conv2d)]
    assert [c.out_channels for c in convolutions] == [64, 128, 256, 512, 1024]
    assert [c.padding[0] for c in convolutions] == [2, 2, 1, 1, 1]
    kinds = [type(m).__name__ for m in net.feature]
    pooled, unpooled = ["Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d"], kinds[-3:]
    assert kinds[:-3] == pooled * 4
    assert unpooled == pooled[:3]
    linear = [m for m in net.classifier if isinstance(m, nn.Linear)]
    assert [m.in_features for m in linear] == [4096, 8192, 8192]
    assert [m.p for m in net.classifier if isinstance(m, nn.Dropout)] == [0.5, 0.5]


@pytest.mark.parametrize(("size", "channels"), [(10, 3), (28, 1), (32, 3), (50, 3), (97, 3)])
def test_structure_fits_other_images(size, channels):
    net = CNNCifar(7, image_size=size, channels=channels, width=0.05).eval()
    assert net(torch.zeros(2, channels, size, size)).shape == (2, 7)


def test_first_linear_layer_at_50_pixels():
    with torch.device("meta"):
        net = CNNCifar(2, image_size=50)
    assert net.classifier[1].in_features == 1024 * 3 * 3


def test_width_scales_every_layer():
    with torch.device("meta"):
        net = CNNCifar(50, width=0.25)
    assert net.feature[0].out_channels == 16
    assert net.classifier[4].weight.shape == (2048, 2048)


def test_too_small_images_are_refused():
    with pytest.raises(UserError, match="image_size=9 is too small"):
        CNNCifar(10, image_size=9)


def test_head_is_the_last_layer_and_is_replaced_under_its_name():
    net = CNNCifar(10, width=0.02)
    keys = list(net.state_dict())
    assert net.head is net.classifier[-1]
    head = nn.Linear(net.head.in_features, 10)
    net.head = head
    assert net.head is net.classifier[-1] is head
    assert list(net.state_dict()) == keys  # torch would register a second name for it
    nn.init.zeros_(head.weight)
    logits = net(torch.randn(2, 3, 32, 32))
    assert torch.equal(logits, head.bias.expand(2, 10))
