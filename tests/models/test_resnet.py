import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ltlight.errors import UserError
from ltlight.models.resnet import Block, ResNet32


def num_parameters(**arguments) -> int:
    return sum(p.numel() for p in ResNet32(**arguments).parameters())


@pytest.mark.parametrize(("classes", "parameters"), [(10, 464_154), (50, 466_754), (100, 470_004)])
def test_parameters_of_the_literature(classes, parameters):
    assert num_parameters(num_classes=classes) == parameters


def test_32_layers_in_three_stages():
    net = ResNet32(10)
    convolutions = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    assert len(convolutions) + 1 == 32
    assert [c.out_channels for c in convolutions] == [16] * 11 + [32] * 10 + [64] * 10
    assert [n for n, c in enumerate(convolutions) if c.stride == (2, 2)] == [11, 21]
    assert all(c.bias is None and c.kernel_size == (3, 3) for c in convolutions)


def reading_of_the_paper(x, weights, norms, head):
    """Plain functions over the weights in order, in evaluation: no module of ours in between."""

    def conv_norm(x, n, stride=1):
        x = F.conv2d(x, weights[n], stride=stride, padding=1)
        mean, var, scale, shift = (t[None, :, None, None] for t in norms[n])
        return (x - mean) / torch.sqrt(var + 1e-5) * scale + shift

    x = conv_norm(x, 0).relu()
    for block in range(15):
        stride = 2 if block in (5, 10) else 1
        residual = conv_norm(conv_norm(x, 2 * block + 1, stride).relu(), 2 * block + 2)
        if stride == 2:
            small = x[:, :, ::2, ::2]
            quarter = torch.zeros_like(small[:, : small.shape[1] // 2])
            x = torch.cat([quarter, small, quarter], dim=1)
        x = (residual + x).relu()
    return x.flatten(2).mean(2) @ head.weight.T + head.bias


def test_forward_is_the_papers():
    torch.manual_seed(0)
    net = ResNet32(7)
    with torch.no_grad():
        net(torch.randn(8, 3, 32, 32))  # running statistics that differ from 0 and 1
        images = torch.randn(3, 3, 32, 32)
        weights = [m.weight for m in net.modules() if isinstance(m, nn.Conv2d)]
        norms = [
            (m.running_mean, m.running_var, m.weight, m.bias)
            for m in net.modules()
            if isinstance(m, nn.BatchNorm2d)
        ]
        expected = reading_of_the_paper(images, weights, norms, net.head)
        torch.testing.assert_close(net.eval()(images), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [5, 8])
def test_shortcut_halves_the_maps_and_fills_channels_with_0(size):
    block = Block(3, 8, stride=2)
    nn.init.zeros_(block.norm2.weight)  # the residual is 0: what comes out is the shortcut
    x = torch.rand(2, 3, size, size) + 0.1
    out = block(x)
    assert torch.equal(out[:, 2:5], x[:, :, ::2, ::2])
    assert not out[:, :2].any()
    assert not out[:, 5:].any()
    assert sum(p.numel() for p in block.parameters()) == 9 * 3 * 8 + 9 * 8 * 8 + 4 * 8


def test_shortcut_of_a_block_that_keeps_its_shape_is_the_input():
    x = torch.randn(1, 4, 6, 6)
    assert Block(4, 4, stride=1).shortcut(x) is x


def test_weights_are_drawn_as_by_he_et_al():
    torch.manual_seed(0)
    net = ResNet32(100)
    wide = [m for m in net.modules() if isinstance(m, nn.Conv2d) and m.out_channels == 64]
    for module in [*wide, net.head]:
        fan_in = module.weight[0].numel()
        # 6,400 normal draws or more: the standard error of their deviation is below 0.9 %.
        assert module.weight.std().item() == pytest.approx((2 / fan_in) ** 0.5, rel=0.04)


@pytest.mark.parametrize(("size", "channels", "width"), [(5, 3, 0.25), (28, 1, 0.3), (50, 3, 0.01)])
def test_structure_fits_other_images_and_widths(size, channels, width):
    net = ResNet32(7, image_size=size, channels=channels, width=width)
    images = torch.randn(2, channels, size, size)
    assert net(images).shape == net.eval()(images).shape == (2, 7)


def test_width_scales_every_layer():
    net = ResNet32(10, width=0.5)
    convolutions = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    assert [c.out_channels for c in convolutions] == [8] * 11 + [16] * 10 + [32] * 10
    assert net.head.in_features == 32


def test_too_small_images_are_refused():
    with pytest.raises(UserError, match=r"image_size=4 is too small for ResNet-32.*5 or more"):
        ResNet32(10, image_size=4)


def test_head_is_replaced_under_its_name():
    net = ResNet32(10, width=0.25)
    keys, head = list(net.state_dict()), nn.Linear(16, 10)
    net.head = head
    assert net.head is head
    assert list(net.state_dict()) == keys
    nn.init.zeros_(head.weight)
    logits = net(torch.randn(2, 3, 32, 32))
    assert torch.equal(logits, head.bias.expand(2, 10))
