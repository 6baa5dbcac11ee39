"""Which images of every batch are whose, where several processes train together.

W processes with batches of B take turns over one order, so that together they train on the very
batches of one process with W * B: process r has images r, r + W, r + 2 W, … of each.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor


class Share(NamedTuple):
    """A process's part of a batch that several train on together.

    Attributes:
        own: images that are its own, the first of what it gets; where the others have one more, the
            last that it gets is another's, so that all have equally many, and counts nothing.
        total: images of all processes.
        world_size: processes.
    """

    own: int
    total: int
    world_size: int

    @property
    def mean_count(self) -> float:
        """Images a process has on average."""
        return self.total / self.world_size

    def mean_of(self, own: Tensor) -> Tensor:
        """The mean over all processes of a scalar, e.g. of the weights in each one's part."""
        whole = own.detach().clone()
        dist.all_reduce(whole)
        return whole / self.world_size


@dataclass(frozen=True)
class Ranks:
    """One of the processes that train together.

    Attributes:
        rank: its number, from 0.
        world_size: how many there are.
    """

    rank: int = 0
    world_size: int = 1

    def positions(self, total: int) -> Tensor:
        """Where this process's images are in a batch of ``total``, int64 [ceil(total / W)].

        Equally many for every process; see `Share` for the last.
        """
        mine = torch.arange(total)[self.rank :: self.world_size]
        missing = -(-total // self.world_size) - len(mine)
        return torch.cat([mine, torch.zeros(missing, dtype=torch.int64)])

    def share(self, total: int) -> Share:
        """How much of a batch of ``total`` images is this process's own."""
        return Share(len(range(self.rank, total, self.world_size)), total, self.world_size)


ALONE = Ranks()
