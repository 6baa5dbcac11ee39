"""Batches from tensors that stay where they are: no workers, no Python per image.

The draws of the augmentation and of the mixing are functions of (seed, epoch, rank), as the
sampler's.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ltlight.data.augment.mixing import Batch, MixedLabels, Mixing
from ltlight.data.augment.presets import Augmentation
from ltlight.data.prefetch import prefetch
from ltlight.data.samplers import Sampler
from ltlight.seeds import AUGMENT, make_generator


class TensorLoader:
    """Iterates over (images float [B, 3, S, S] in [-1, 1], labels int64 [B]) on ``device``.

    In epochs that are mixed the labels are `MixedLabels`. The last batch of an epoch may be
    smaller.

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
    ) -> None:
        """Take what batches are made of.

        Args:
            images: uint8 [M, 3, S, S], on ``device`` or, if they don't fit there, on the host.
            labels: int64 [N], on the device of ``images``.
            sampler: which images, in which order.
            batch_size: B.
            augmentation: uint8 images and a generator to float images.
            device: where the batches are wanted.
            rows: int64 [N], where in ``images`` each image is; None: in order, N = M.
            prefetching: whether a second thread makes the batches, see `prefetch.prefetch`.
            mixing: of every batch with its partners.
            partners: which images those are, as many as ``sampler``'s; None: the batch, shuffled.
            mixed_epochs: the epochs that are mixed; None: all.
        """
        self.images, self.labels = images, labels
        self.sampler = sampler
        self.batch_size = batch_size
        self.augmentation = augmentation
        self.device = device
        self.rows = rows
        self.prefetching = prefetching
        self.mixing, self.partners, self.mixed_epochs = mixing, partners, mixed_epochs

    def __len__(self) -> int:
        return -(-len(self.sampler) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor | MixedLabels]]:
        return prefetch(self._batches()) if self.prefetching else self._batches()

    def _batches(self) -> Iterator[tuple[Tensor, Tensor | MixedLabels]]:
        sampler = self.sampler
        generator = make_generator(self.device, AUGMENT, sampler.seed, sampler.epoch, sampler.rank)
        mixing = self.mixing if self._mixes(sampler.epoch) else None
        partners = self._partners() if mixing else None
        for chosen in self._chunks(sampler):
            batch = self._batch(chosen, generator)
            if mixing is None:
                yield batch
            else:
                other = self._batch(next(partners), generator) if partners else None
                yield mixing(batch, other or shuffled(batch, generator), generator)

    def _mixes(self, epoch: int) -> bool:
        return self.mixed_epochs is None or epoch in self.mixed_epochs

    def _partners(self) -> Iterator[Tensor] | None:
        if self.partners is None:
            return None
        self.partners.set_epoch(self.sampler.epoch)
        return iter(self._chunks(self.partners))

    def _chunks(self, sampler: Sampler) -> tuple[Tensor, ...]:
        return sampler.indices().to(self.images.device).split(self.batch_size)

    def _batch(self, chosen: Tensor, generator: torch.Generator) -> Batch:
        at = chosen if self.rows is None else self.rows[chosen]
        images = self.images[at].to(self.device, non_blocking=True)
        labels = self.labels[chosen].to(self.device, non_blocking=True)
        return self.augmentation(images, generator), labels


def shuffled(batch: Batch, generator: torch.Generator) -> Batch:
    """The same images in another order."""
    order = torch.randperm(len(batch[1]), generator=generator, device=batch[1].device)
    return batch[0][order], batch[1][order]
