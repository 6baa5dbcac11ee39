"""Batches from tensors that stay where they are: no workers, no Python per image.

The draws of the augmentation and of the mixing are functions of (seed, epoch, rank), as the order.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ltlight.data.augment.fig7 import Augmentation
from ltlight.data.augment.mixing import Batch, MixedLabels, Mixing
from ltlight.data.prefetch import ahead
from ltlight.data.samplers import Order
from ltlight.seeds import AUGMENT, make_generator


class TensorLoader:
    """Iterates over (images float [B, 3, S, S] in [-1, 1], labels int64 [B]) on ``device``.

    Mixed, the labels are `MixedLabels`. The last batch of an epoch may be smaller.

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
        mix: Mixing | None = None,
        partners: Order | None = None,
    ) -> None:
        """
        Args:
            images: uint8 [M, 3, S, S], on ``device`` or, if they don't fit there, on the host.
            labels: int64 [N], on the device of ``images``.
            order: which samples, in which order.
            batch_size: B.
            augment: uint8 images and a generator to float images, see `presets.preset`.
            device: where the batches are wanted.
            rows: int64 [N], where in ``images`` each sample is; None: in order, N = M.
            make_ahead: whether a second thread makes the batches, see `ahead.ahead`.
            mix: of every batch with its partners.
            partners: which samples those are, as many as ``order``'s; None: the batch, shuffled.
        """
        self.images, self.labels = images, labels
        self.sampler = order
        self.batch_size = batch_size
        self.augment = augment
        self.device = device
        self.rows = rows
        self.make_ahead = make_ahead
        self.mix, self.partners = mix, partners

    def __len__(self) -> int:
        return -(-len(self.sampler) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor | MixedLabels]]:
        return ahead(self._batches()) if self.make_ahead else self._batches()

    def _batches(self) -> Iterator[tuple[Tensor, Tensor | MixedLabels]]:
        order = self.sampler
        generator = make_generator(self.device, AUGMENT, order.seed, order.epoch, order.rank)
        partners = self._partners()
        for chosen in self._chunks(order):
            batch = self._batch(chosen, generator)
            if self.mix is None:
                yield batch
            else:
                other = self._batch(next(partners), generator) if partners else None
                yield self.mix(batch, other or shuffled(batch, generator), generator)

    def _partners(self) -> Iterator[Tensor] | None:
        if self.partners is None:
            return None
        self.partners.set_epoch(self.sampler.epoch)
        return iter(self._chunks(self.partners))

    def _chunks(self, order: Order) -> tuple[Tensor, ...]:
        return order.indices().to(self.images.device).split(self.batch_size)

    def _batch(self, chosen: Tensor, generator: torch.Generator) -> Batch:
        at = chosen if self.rows is None else self.rows[chosen]
        images = self.images[at].to(self.device, non_blocking=True)
        labels = self.labels[chosen].to(self.device, non_blocking=True)
        return self.augment(images, generator), labels


def shuffled(batch: Batch, generator: torch.Generator) -> Batch:
    """The same images in another order."""
    order = torch.randperm(len(batch[1]), generator=generator, device=batch[1].device)
    return batch[0][order], batch[1][order]
