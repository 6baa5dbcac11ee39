"""Factors of a wide layer's gradient, exchanged by processes that train together.

The gradient [O, I] of W processes with B samples each is the product of [O, W B] and [W B, I]. To
gather those takes W B (O + I) numbers of every process, to average stored gradients 2 O I: at 32
samples and CNNCifar's second hidden layer (8192 x 8192), 1/128 for two processes, and as much for
256.
"""

from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ltlight.models.wide_linear import WideLinear


def gathered(dy: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """The factors of all processes, whose product is the mean of their gradients.

    Args:
        dy, x: [B, O] and [B, I] of this process; B is the same for all of them.

    Returns:
        [W B, O] and [W B, I].
    """
    world = dist.get_world_size()
    own = torch.cat([dy / world, x], dim=1)
    whole = own.new_empty(world * len(own), own.shape[1])
    # Called `all_gather_into_tensor` until torch 2.14.
    gather = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor
    gather(whole, own)
    return whole[:, : dy.shape[1]], whole[:, dy.shape[1] :]


def are_smaller(layers: Iterable[WideLinear], rows: int) -> bool:
    """Whether to gather the factors of ``rows`` samples takes no more than to average gradients."""
    sizes = [layer.weight.shape for layer in layers]
    return rows * sum(o + i for o, i in sizes) <= 2 * sum(o * i for o, i in sizes)


def leave_to_optimizer(module: nn.Module, layers: Iterable[WideLinear]) -> None:
    """Have `DistributedDataParallel` neither wait for gradients of these layers' weights nor copy.

    Args:
        module: that will be wrapped.
        layers: inside it; none: it exchanges everything again.
    """
    weights = {layer.weight for layer in layers}
    ignored = [name for name, p in module.named_parameters() if p in weights]
    # Not part of torch's public interface; what it does to training is tested.
    module._ddp_params_and_buffers_to_ignore = ignored  # type: ignore[assignment]
