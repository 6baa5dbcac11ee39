import torch

from ltlight.bench.floor import step_cost
from ltlight.models.cnn_cifar import CNNCifar


def convolution_flops(net: CNNCifar, size: int) -> int:
    """Multiplications and additions of one image's way through the convolutions, by hand."""
    total = 0
    for module in net.feature:
        if isinstance(module, torch.nn.Conv2d):
            size = size + 2 * module.padding[0] - 2
            total += 2 * 9 * module.in_channels * module.out_channels * size**2
        elif isinstance(module, torch.nn.MaxPool2d):
            size //= 2
    return total


def test_cost_of_a_step_counted_by_hand():
    """Backward is twice forward, but for the images, which need no gradient."""
    net = CNNCifar(10, width=0.125)
    first = 2 * 9 * 3 * 8 * 34**2
    linear = sum(2 * m.weight.numel() for m in net.classifier if isinstance(m, torch.nn.Linear))
    wanted = 4 * (3 * (convolution_flops(net, 32) + linear) - first)
    cost = step_cost(net, batch_size=4)
    assert cost["flops"] == wanted
    assert cost["bytes"] == 5 * 4 * sum(p.numel() for p in net.parameters())
