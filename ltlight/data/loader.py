"""Batches from tensors that stay where they are: no workers, no Python per image.

The order of samples and the draws of the augmentation are functions of (seed, epoch, rank): a run
resumed at an epoch sees the very batches it would have seen, and ranks see different ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ltlight.data.ahead import ahead
from ltlight.data.augment import Augmentation
from ltlight.seeds import AUGMENT, ORDER, make_generator


@dataclass
class Order:
    """Which samples an epoch visits, in which order: every sample once, shuffled.

    Lightning calls `set_epoch` before each epoch.

    Attributes:
        num_samples: N, of the whole set.
        seed: of the run.
        rank, world_size: this process and how many there are; each gets ceil(N / world_size)
            samples an epoch, the shuffled list wrapping around as in torch's DistributedSampler.
        epoch: from 0.
    """

    num_samples: int
    seed: int
    rank: int = 0
    world_size: int = 1
    epoch: int = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration visits."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self.num_samples // self.world_size)

    def indices(self) -> Tensor:
        """int64 [len(self)]: every rank cuts its share from the same permutation."""
        generator = make_generator("cpu", ORDER, self.seed, self.epoch, rank=0)
        order = torch.randperm(self.num_samples, generator=generator)
        return order.repeat(2)[self.rank : len(self) * self.world_size : self.world_size]


@dataclass
class WeightedOrder(Order):
    """Drawn with replacement: sample i with probability proportional to ``weights[i]``.

    An epoch is as many draws as there are samples (the report's re-weighted random sampler), so it
    shows only part of the head's images and repeats the tail's. Each rank draws its own share from
    the same distribution.

    Attributes:
        weights: float64 [N], above 0.
    """

    weights: Tensor | None = None

    def indices(self) -> Tensor:
        """int64 [len(self)], a draw of this rank's own."""
        generator = make_generator("cpu", ORDER, self.seed, self.epoch, self.rank)
        return torch.multinomial(self.weights, len(self), replacement=True, generator=generator)


class Sequential(Order):
    """Every sample once, as stored; every rank sees all of them (evaluation)."""

    def __len__(self) -> int:
        return self.num_samples

    def indices(self) -> Tensor:
        """int64 [N]."""
        return torch.arange(self.num_samples)


class TensorLoader:
    """Iterates over (images float [B, 3, S, S] in [-1, 1], labels int64 [B]) on ``device``.

    The last batch of an epoch may be smaller.

    Attributes:
        sampler: the order; named as in DataLoader, for Lightning to set its epoch.
        batch_sampler: None; Lightning looks for it beside ``sampler``.
    """

    batch_sampler = None

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        order: Order,
        batch_size: int,
        augment: Augmentation,
        device: torch.device,
        rows: Tensor | None = None,
        make_ahead: bool = False,
    ) -> None:
        """
        Args:
            images: uint8 [M, 3, S, S], on ``device`` or, if they don't fit there, on the host.
            labels: int64 [N], on the device of ``images``.
            order: which samples, in which order.
            batch_size: B.
            augment: uint8 images and a generator to float images, see `augment.preset`.
            device: where the batches are wanted.
            rows: int64 [N], where in ``images`` each sample is; None: in order, N = M.
            make_ahead: whether a second thread makes the batches, see `ahead.ahead`.
        """
        self.images, self.labels = images, labels
        self.sampler = order
        self.batch_size = batch_size
        self.augment = augment
        self.device = device
        self.rows = rows
        self.make_ahead = make_ahead

    def __len__(self) -> int:
        return -(-len(self.sampler) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return ahead(self._batches()) if self.make_ahead else self._batches()

    def _batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = self.sampler
        generator = make_generator(self.device, AUGMENT, order.seed, order.epoch, order.rank)
        for chosen in order.indices().to(self.images.device).split(self.batch_size):
            at = chosen if self.rows is None else self.rows[chosen]
            images = self.images[at].to(self.device, non_blocking=True)
            labels = self.labels[chosen].to(self.device, non_blocking=True)
            yield self.augment(images, generator), labels
