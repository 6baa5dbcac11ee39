"""CPU tuning: allocator, thread count, channels-last."""

import ctypes
import sys

import torch
from torch import nn

from ltlight.cores import allowed_cores, threads_are_chosen

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
# Below this many weights a thread, a second one brings nothing: a step of 0.5 million takes 8.2 ms
# with two and 8.4 with one, and up to 30 times as long where another process wants the cores.
WEIGHTS_A_THREAD = 500_000
# Channels-last takes 0.96 of the step at full width, 0.87 at an eighth (8 channels in the first
# layer), but 1.2 at a sixteenth, which oneDNN's kernels don't fill.
CHANNELS_LAST_FROM = 8


def tune_for_cpu(net: nn.Module) -> None:
    """All of it, before the network is trained or tested in this process."""
    keep_freed_memory()
    limit_threads(net)
    use_channels_last(net)


def keep_freed_memory() -> None:
    """Have glibc keep large blocks instead of handing them back at every step.

    The pages of a fresh block are faulted in one by one: a step with stored gradients takes 0.74 of
    the time without that (full width, fused SGD), an evaluation 0.64. Elsewhere than on glibc
    nothing happens.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, 1 << 30)
        libc.mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1)


def limit_threads(net: nn.Module) -> None:
    """No more threads than pay for a network; OMP_NUM_THREADS has the last word."""
    if not threads_are_chosen():
        weights = sum(p.numel() for p in net.parameters())
        torch.set_num_threads(max(1, min(allowed_cores(), round(weights / WEIGHTS_A_THREAD))))


def spare_core() -> bool:
    """Whether the network trains on one thread of several cores that nobody has claimed."""
    return torch.get_num_threads() == 1 and not threads_are_chosen() and allowed_cores() > 1


def use_channels_last(net: nn.Module) -> None:
    """Put the convolutions in the layout that is quicker on a CPU."""
    channels = [m.out_channels for m in net.modules() if isinstance(m, nn.Conv2d)]
    if channels and min(channels) >= CHANNELS_LAST_FROM:
        net.to(memory_format=torch.channels_last)
