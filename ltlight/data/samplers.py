"""Samplers: which images an epoch visits, in which order, as a function of (seed, epoch).

So a run resumed at an epoch sees the very batches it would have seen, and several processes share
one order, see `ltlight.data.ranks`.
All take the same arguments; to add one, write its class here and name it in
`ltlight.config.choices`.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ltlight.data.longtail import inverse_frequency_weights, square_root_weights
from ltlight.seeds import ORDER, make_generator, mixed_seed


@dataclass
class Sampler(ABC):
    """What all samplers know; `indices` is what each makes of it.

    Lightning calls `set_epoch` before each epoch.

    Attributes:
        labels: int64 [N], of the images to draw from.
        class_counts: int64 [C], how many of each class those are.
        seed: of the run.
        epochs: of the training, for samplers that change over it.
        draws: images an epoch shows, of all processes together; None: as many as there are, N.
        epoch: from 0.
        stream: of random numbers; another one where two samplers run side by side.
    """

    labels: np.ndarray
    class_counts: np.ndarray
    seed: int
    epochs: int = 1
    draws: int | None = None
    epoch: int = 0
    stream: int = ORDER

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration visits."""
        self.epoch = epoch

    @property
    def num_images(self) -> int:
        """N, of the whole set."""
        return len(self.labels)

    @property
    def num_draws(self) -> int:
        """Images an epoch shows, of all processes together."""
        return self.num_images if self.draws is None else self.draws

    def __len__(self) -> int:
        return self.num_draws

    @abstractmethod
    def indices(self) -> Tensor:
        """Where to find the images of this epoch, int64 [len(self)] in 0…N-1."""


class ShuffleSampler(Sampler):
    """Every image once, shuffled; with more draws than images shuffled anew where they end."""

    def indices(self) -> Tensor:
        """Lap after lap, the last one cut off."""
        generator = make_generator("cpu", self.stream, self.seed, self.epoch, rank=0)
        laps = range(-(-self.num_draws // self.num_images))
        order = torch.cat([torch.randperm(self.num_images, generator=generator) for _ in laps])
        return order[: self.num_draws]


class WeightedSampler(Sampler):
    """Drawn with replacement: image i with probability proportional to `weights()[i]`.

    With as many draws as there are images, an epoch shows only part of the head's images and
    repeats the tail's.
    """

    @abstractmethod
    def weights(self) -> Tensor:
        """Of every image in this epoch, float64 [N], above 0."""

    def indices(self) -> Tensor:
        """A draw for every place in the order."""
        generator = make_generator("cpu", self.stream, self.seed, self.epoch, rank=0)
        return torch.multinomial(self.weights(), len(self), replacement=True, generator=generator)


class InverseFrequencySampler(WeightedSampler):
    """N / (C n_c): every class equally often (the EE 443 report's re-weighted random sampler)."""

    def weights(self) -> Tensor:
        """The same in every epoch."""
        return torch.from_numpy(inverse_frequency_weights(self.class_counts)[self.labels])


class SquareRootSampler(WeightedSampler):
    """Class c with probability proportional to sqrt(n_c) (Kang et al., ICLR 2020)."""

    def weights(self) -> Tensor:
        """The same in every epoch."""
        return torch.from_numpy(square_root_weights(self.class_counts)[self.labels])


class ProgressivelyBalancedSampler(WeightedSampler):
    """From the data's own frequencies to balanced classes (Kang et al., ICLR 2020).

    p_c(t) = (1 - t/T) n_c/N + (t/T)/C in epoch t of T, which is from 0 to T - 1; balanced after.
    """

    def weights(self) -> Tensor:
        """Probability of every image; they add up to 1."""
        done = min(1.0, self.epoch / max(1, self.epochs))
        of_classes = inverse_frequency_weights(self.class_counts)
        balanced = torch.from_numpy(of_classes[self.labels]) / self.num_images
        return (1 - done) / self.num_images + done * balanced


class ClassAwareSampler(Sampler):
    """Class after class, and within a class image after image (Shen et al., ECCV 2016).

    Both lists are shuffled and shuffled anew where they end, so that an epoch holds every class
    equally often, give or take one, without the chance of drawing with replacement.
    """

    def indices(self) -> Tensor:
        """Classes in their turns, and of each the image whose turn it is."""
        seed = mixed_seed(self.stream, self.seed, self.epoch, rank=0)
        random = np.random.default_rng(seed)
        members = np.unique(self.labels, return_inverse=True)[1]
        by_class = np.argsort(members, kind="stable")
        classes = np.split(by_class, np.cumsum(np.bincount(members))[:-1])
        drawn = shuffled_laps(len(classes), len(self), random)
        indices = np.empty(len(self), dtype=np.int64)
        for c, images in enumerate(classes):
            turns = np.flatnonzero(drawn == c)
            indices[turns] = images[shuffled_laps(len(images), len(turns), random)]
        return torch.from_numpy(indices)


def shuffled_laps(num_items: int, length: int, random: np.random.Generator) -> np.ndarray:
    """0…num_items-1 in a shuffled order again and again, int64 [length]."""
    laps = [random.permutation(num_items) for _ in range(-(-length // num_items))]
    return np.concatenate([np.empty(0, np.int64), *laps])[:length]


class SequentialSampler(Sampler):
    """Every image once, as stored (evaluation)."""

    def __len__(self) -> int:
        return self.num_images

    def indices(self) -> Tensor:
        """0…N-1."""
        return torch.arange(self.num_images)


@dataclass
class DeferredSampler(Sampler):
    """One sampler at first, then another (deferred re-sampling, DRS; Cao et al. 2019).

    Attributes:
        first, later: of the same images.
        start: the epoch from which ``later`` holds.
    """

    first: Sampler = field(kw_only=True)
    later: Sampler = field(kw_only=True)
    start: int = field(kw_only=True)

    def indices(self) -> Tensor:
        """Those of the sampler that holds in this epoch."""
        current = self.first if self.epoch < self.start else self.later
        current.set_epoch(self.epoch)
        return current.indices()
