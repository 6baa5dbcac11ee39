"""Batches from tensors that stay where they are: no workers, no Python per image.

The draws of the augmentation and of the mixing are functions of (seed, epoch, place in the epoch's
order), as the sampler's: an image gets the same ones whichever of several processes it falls to.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ltlight.data.augment.mixing import Batch, MixedLabels, Mixing
from ltlight.data.augment.presets import Augmentation
from ltlight.data.draws import BatchGenerator
from ltlight.data.prefetch import prefetch
from ltlight.data.ranks import ALONE, Ranks, Share
from ltlight.data.samplers import Sampler
from ltlight.seeds import AUGMENT, mixed_seed

Alone = tuple[Tensor, Tensor | MixedLabels]
Together = tuple[Tensor, Tensor | MixedLabels, Share]


class TensorLoader:
    """Iterates over (images float [B, 3, S, S] in [-1, 1], labels int64 [B]) on ``device``.

    In epochs that are mixed the labels are `MixedLabels`. The last batch of an epoch may be
    smaller. Where several processes train together, each gets its part of every batch, and with it
    a `Share`.

    Attributes:
        sampler: named as in DataLoader, for Lightning to set its epoch.
        batch_sampler: None; Lightning looks for it beside ``sampler``.
    """

    batch_sampler = None

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        sampler: Sampler,
        batch_size: int,
        augmentation: Augmentation,
        device: torch.device,
        *,
        rows: Tensor | None = None,
        prefetching: bool = False,
        mixing: Mixing | None = None,
        partners: Sampler | None = None,
        mixed_epochs: range | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        """Take what batches are made of.

        Args:
            images: uint8 [M, 3, S, S], on ``device`` or, if they don't fit there, on the host.
            labels: int64 [N], on the device of ``images``.
            sampler: which images, in which order.
            batch_size: B, of every process.
            augmentation: uint8 images and a generator to float images.
            device: where the batches are wanted.
            rows: int64 [N], where in ``images`` each image is; None: in order, N = M.
            prefetching: whether a second thread makes the batches, see `prefetch.prefetch`.
            mixing: of every batch with its partners.
            partners: which images those are, as many as ``sampler``'s; None: the batch, shuffled.
            mixed_epochs: the epochs that are mixed; None: all.
            ranks: which of the processes this is, that train together.
        """
        self.images, self.labels = images, labels
        self.sampler = sampler
        self.batch_size = batch_size
        self.augmentation = augmentation
        self.device = device
        self.rows = rows
        self.prefetching = prefetching
        self.mixing, self.partners, self.mixed_epochs = mixing, partners, mixed_epochs
        self.ranks = ranks
        self._done = 0  # batches of this epoch
        self._drawn: Tensor | None = None  # the generator's state after them
        self._start: dict[str, Any] | None = None

    def place(self) -> dict[str, Any]:
        """Where in an epoch this is, as plain values and a tensor: see `start_at`."""
        return {"epoch": self.sampler.epoch, "batches": self._done, "generator": self._drawn}

    def start_at(self, place: dict[str, Any]) -> None:
        """Begin the next iteration at a `place`, if it is of that epoch; others at their start."""
        self._start = place if place["generator"] is not None else None

    def __len__(self) -> int:
        return -(-len(self.sampler) // self._together)

    @property
    def _together(self) -> int:
        """Images of a batch, of all processes."""
        return self.batch_size * self.ranks.world_size

    def __iter__(self) -> Iterator[Any]:  # Alone, or of several processes Together
        batches = prefetch(self._batches()) if self.prefetching else self._batches()
        for batch, self._done, self._drawn in batches:
            yield batch

    def _batches(self) -> Iterator[tuple[Alone | Together, int, Tensor]]:
        """Every batch with its number from 1 and the state of the generator after it."""
        sampler, several = self.sampler, self.ranks.world_size > 1
        generator = BatchGenerator(self.device)
        generator.manual_seed(mixed_seed(AUGMENT, sampler.seed, sampler.epoch, rank=0))
        mixing = self.mixing if self._mixes(sampler.epoch) else None
        first, self._start = self._first_batch(generator), None
        partners = self._partners(first) if mixing else None
        for number, chosen in enumerate(self._chunks(sampler)[first:], first + 1):
            own = None
            if several:
                own = self.ranks.positions(len(chosen)).to(chosen.device)
                generator.of(len(chosen), own)
            start = generator.get_state() if several and mixing else None
            batch = self._batch(chosen, own, generator)
            made: Alone = batch
            if mixing is not None:
                if partners is not None:
                    other = self._batch(next(partners), own, generator)
                else:
                    other = self._shuffled(batch, chosen, own, generator, start)
                made = mixing(batch, other, generator)
            drawn = generator.get_state()
            yield (*made, self.ranks.share(len(chosen))) if several else made, number, drawn

    def _first_batch(self, generator: torch.Generator) -> int:
        """How many batches of the epoch are done; the generator is brought to after them."""
        if self._start is None or self._start["epoch"] != self.sampler.epoch:
            return 0
        generator.set_state(self._start["generator"].cpu())
        done: int = self._start["batches"]
        return done

    def _shuffled(
        self,
        batch: Batch,
        chosen: Tensor,
        own: Tensor | None,
        generator: BatchGenerator,
        start: Tensor | None,
    ) -> Batch:
        """The images of all processes' batches in another order, those at this one's places.

        Some are other processes': they are made once more, by the draws that were theirs.

        Args:
            batch: this process's images.
            chosen: those of all processes.
            own: this process's places among them; None: all.
            generator: of the draws for them.
            start: its state before ``batch`` was drawn; None where ``own`` is.
        """
        order = torch.randperm(len(chosen), generator=generator, device=generator.device)
        if own is None or start is None:
            return batch[0][order], batch[1][order]
        after = generator.get_state()
        theirs = order[own.to(order.device)].to(own.device)
        generator.set_state(start)
        other = self._batch(chosen, theirs, generator.of(len(chosen), theirs))
        generator.of(len(chosen), own).set_state(after)
        return other

    def _mixes(self, epoch: int) -> bool:
        return self.mixed_epochs is None or epoch in self.mixed_epochs

    def _partners(self, first: int) -> Iterator[Tensor] | None:
        if self.partners is None:
            return None
        self.partners.set_epoch(self.sampler.epoch)
        return iter(self._chunks(self.partners)[first:])

    def _chunks(self, sampler: Sampler) -> tuple[Tensor, ...]:
        return sampler.indices().to(self.images.device).split(self._together)

    def _batch(self, chosen: Tensor, rows: Tensor | None, generator: torch.Generator) -> Batch:
        chosen = chosen if rows is None else chosen[rows]
        at = chosen if self.rows is None else self.rows[chosen]
        images = taken(self.images, at).to(self.device, non_blocking=True)
        labels = self.labels[chosen].to(self.device, non_blocking=True)
        return self.augmentation(images, generator), labels


def taken(images: Tensor, at: Tensor) -> Tensor:
    """The images at some places, in the layout of all: convolutions round by it.

    `index_select` makes everything contiguous; where that is what it was, it takes a sixth of the
    time on a CPU (64 rows of 1,280 features: 7 and 43 µs).
    """
    return images.index_select(0, at) if images.is_contiguous() else images[at]
