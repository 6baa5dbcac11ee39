"""Which samples an epoch visits, in which order: a function of (seed, epoch, rank).

So a run resumed at an epoch sees the very batches it would have seen, and ranks see different ones.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ltlight.seeds import ORDER, make_generator, mixed_seed


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
        stream: of random numbers; another one where two orders run side by side.
    """

    num_samples: int
    seed: int
    rank: int = 0
    world_size: int = 1
    epoch: int = 0
    stream: int = ORDER

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration visits."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self.num_samples // self.world_size)

    def indices(self) -> Tensor:
        """int64 [len(self)]: every rank cuts its share from the same permutation."""
        generator = make_generator("cpu", self.stream, self.seed, self.epoch, rank=0)
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

    def epoch_weights(self) -> Tensor:
        """Those of this epoch."""
        return self.weights

    def indices(self) -> Tensor:
        """int64 [len(self)], a draw of this rank's own."""
        generator = make_generator("cpu", self.stream, self.seed, self.epoch, self.rank)
        return torch.multinomial(
            self.epoch_weights(), len(self), replacement=True, generator=generator
        )


@dataclass
class ProgressiveOrder(WeightedOrder):
    """From the data's own frequencies to balanced classes (Kang et al., ICLR 2020).

    p_c(t) = (1 - t/T) n_c/N + (t/T)/C in epoch t of T, which is from 0 to T - 1; balanced after.

    Attributes:
        weights: float64 [N], 1/(C n_c) of each sample's class.
        epochs: T.
    """

    epochs: int = 1

    def epoch_weights(self) -> Tensor:
        """Probability of every sample; they add up to 1."""
        done = min(1.0, self.epoch / self.epochs)
        return (1 - done) / self.num_samples + done * self.weights


@dataclass
class ClassAwareOrder(Order):
    """Class after class, and within a class image after image (Shen et al., ECCV 2016).

    Both lists are shuffled and shuffled anew where they end, so that N draws hold every class
    equally often, give or take one, without the chance of drawing with replacement.

    Attributes:
        labels: int64 [N].
    """

    labels: np.ndarray | None = None

    def indices(self) -> Tensor:
        """int64 [len(self)], a draw of this rank's own."""
        seed = mixed_seed(self.stream, self.seed, self.epoch, self.rank)
        random, members = (
            np.random.default_rng(seed),
            np.unique(self.labels, return_inverse=True)[1],
        )
        order = np.argsort(members, kind="stable")
        classes = np.split(order, np.cumsum(np.bincount(members))[:-1])
        drawn = shuffled_laps(len(classes), len(self), random)
        indices = np.empty(len(self), dtype=np.int64)
        for c, images in enumerate(classes):
            turns = np.flatnonzero(drawn == c)
            indices[turns] = images[shuffled_laps(len(images), len(turns), random)]
        return torch.from_numpy(indices)


def shuffled_laps(num_items: int, length: int, random: np.random.Generator) -> np.ndarray:
    """0…num_items-1 in a shuffled order again and again, int64 [length]."""
    laps = -(-length // num_items)
    return np.concatenate([random.permutation(num_items) for _ in range(laps)] or [[]])[
        :length
    ].astype(np.int64)


@dataclass
class DeferredOrder(Order):
    """Shuffled at first, then another order (deferred re-sampling, DRS; Cao et al. 2019).

    Attributes:
        later: the other order.
        start: the epoch from which it holds.
    """

    later: Order | None = None
    start: int = 0

    def indices(self) -> Tensor:
        """int64 [len(self)]."""
        if self.epoch < self.start:
            return super().indices()
        self.later.set_epoch(self.epoch)
        return self.later.indices()


class Sequential(Order):
    """Every sample once, as stored; every rank sees all of them (evaluation)."""

    def __len__(self) -> int:
        return self.num_samples

    def indices(self) -> Tensor:
        """int64 [N]."""
        return torch.arange(self.num_samples)
