"""The least a training step can take on a machine: its bytes and FLOPs over the measured rates."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from ltlight.bench.turns import timed


def rates(device: torch.device) -> dict[str, float]:
    """Bytes a second of a copy, read and written; FLOPs a second of a square float32 product."""
    side, size = (8192, 1 << 28) if device.type == "cuda" else (2048, 1 << 26)
    a, b = torch.rand(side, side, device=device), torch.empty(side, side, device=device)
    source, target = torch.ones(size, device=device), torch.ones(size, device=device)
    return {
        "copy_bytes": 2 * source.nbytes / timed(lambda: target.copy_(source), 9),
        "matrix_flops": 2 * side**3 / timed(lambda: torch.mm(a, a, out=b), 9),
    }


def step_cost(net: nn.Module, batch_size: int, image_size: int = 32) -> dict[str, int]:
    """FLOPs of a training step, and the bytes it can't do without.

    Those are five passes over the weights, whatever else is kept in caches: read forward, read
    backward, momentum read and written, weights written.

    Args:
        net: on the CPU, images [B, 3, S, S] to logits.
        batch_size, image_size: B and S.
    """
    images = torch.zeros(batch_size, 3, image_size, image_size)
    with FlopCounterMode(display=False) as counter:
        F.cross_entropy(net(images), torch.zeros(batch_size, dtype=torch.long)).backward()
    net.zero_grad()
    num_bytes = 5 * sum(p.numel() * p.element_size() for p in net.parameters())
    return {"flops": counter.get_total_flops(), "bytes": num_bytes}


def floor(net: nn.Module, batch_size: int, device: torch.device) -> dict[str, Any]:
    """Seconds of a step in which memory and arithmetic fully overlap, and in which they don't."""
    rate, cost = rates(device), step_cost(net, batch_size)
    moving = cost["bytes"] / rate["copy_bytes"]
    computing = cost["flops"] / rate["matrix_flops"]
    return {
        **rate,
        **cost,
        "overlapping_seconds": max(moving, computing),
        "serial_seconds": moving + computing,
    }
