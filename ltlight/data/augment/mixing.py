"""Mixing of the images of a batch and of their labels, a draw for every image."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple, Self

import torch
from torch import Tensor

from ltlight.data.draws import gamma, uniform

# Remix (Chou et al. 2020): a mixed image is the rarer class's where that has at most 1/KAPPA of the
# other's images, unless it has less than 1 - TAU of the image.
KAPPA, TAU = 3.0, 0.5
CMO_SHARE = 0.5  # of the images that get a patch


class MixedLabels(NamedTuple):
    """The two labels of every mixed image.

    Attributes:
        first: int64 [B].
        second: int64 [B].
        weight: float [B] in [0, 1], of ``first``; ``second`` has the rest.
        parts: how many batches of the same size these are, one after the other, whose mean losses
            are added.
    """

    first: Tensor
    second: Tensor
    weight: Tensor
    parts: int = 1

    def split(self) -> list["MixedLabels"]:
        """The labels of every part, each of one."""
        columns = (column.chunk(self.parts) for column in self[:3])
        return [MixedLabels(*part) for part in zip(*columns, strict=True)]

    def of_first(self, count: int) -> "MixedLabels":
        """The labels of the first images of every part."""
        parts = [[column[:count] for column in part[:3]] for part in self.split()]
        first, second, weight = (torch.cat(column) for column in zip(*parts, strict=True))
        return MixedLabels(first, second, weight, self.parts)


def stacked(labels: Sequence[Tensor | MixedLabels]) -> Tensor | MixedLabels:
    """Labels of K batches of one size as one, [K, B]; plain ones beside mixed are of weight 1."""
    plain = [own for own in labels if not isinstance(own, MixedLabels)]
    if len(plain) == len(labels):
        return torch.stack(plain)
    mixed = [own if isinstance(own, MixedLabels) else _unmixed(own) for own in labels]
    columns = zip(*(own[:3] for own in mixed), strict=True)
    first, second, weight = (torch.stack(column) for column in columns)
    return MixedLabels(first, second, weight, max(own.parts for own in mixed))


def _unmixed(labels: Tensor) -> MixedLabels:
    return MixedLabels(labels, labels, torch.ones(labels.shape, device=labels.device))


Batch = tuple[Tensor, Tensor]  # images float [B, 3, S, S], labels int64 [B]


def draw_weights(batch_size: int, alpha: float, generator: torch.Generator) -> Tensor:
    """Beta(alpha, alpha), float [B], on the generator's device; alpha above 0."""
    if alpha == 1:
        return uniform((batch_size,), generator)
    drawn = gamma(alpha, (2, batch_size), generator, images=1)
    return drawn[0] / drawn.sum(0).clamp(min=torch.finfo(drawn.dtype).tiny)


def mixup(images: Tensor, partners: Tensor, weight: Tensor) -> Tensor:
    """weight * image + (1 - weight) * partner (Zhang et al., ICLR 2018).

    Args:
        images, partners: float [B, 3, S, S], or features float [B, D].
        weight: float [B] in [0, 1].
    """
    return torch.lerp(partners, images, weight.view(-1, *[1] * (images.ndim - 1)))


def paste(
    images: Tensor, partners: Tensor, weight: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """A rectangle of each partner pasted on the image (CutMix; Yun et al., ICCV 2019).

    Its sides are those of the image times sqrt(1 - weight), its centre anywhere, the rest clipped.

    Returns:
        (images, the share of each image that was kept [B]).
    """
    size = images.shape[-1]
    half = (size * (1 - weight).sqrt() / 2).floor()
    centre = uniform((2, len(images)), generator, images=1) * size
    low = (centre.floor() - half).clamp(min=0)[..., None]
    high = (centre.floor() + half).clamp(max=size)[..., None]
    axis = torch.arange(size, device=images.device)
    rows, columns = (axis >= low) & (axis < high)
    patch = rows[:, :, None] & columns[:, None, :]
    kept = 1 - patch.float().mean((1, 2))
    return torch.where(patch[:, None], partners, images), kept


def remixed(weight: Tensor, first_count: Tensor, second_count: Tensor) -> Tensor:
    """Remix's weight of the first label: all or nothing where one class is much rarer (eq. 5).

    Args:
        weight: float [B], the first image's share of the pixels.
        first_count, second_count: training images of the two classes [B].
    """
    frequent = first_count >= KAPPA * second_count
    rare = second_count >= KAPPA * first_count
    weight = torch.where(frequent & (weight < TAU), 0.0, weight)
    return torch.where(rare & (1 - weight < TAU), 1.0, weight)


@dataclass(frozen=True)
class Mixing(ABC):
    """Mixes a batch with its partners, which are normalised and augmented alike.

    Attributes:
        alpha: of Beta(alpha, alpha), which the weights of the first images are drawn from.
        class_counts: training images of every class, int64 [C], on the device of the batches.
        probability: of every image to be mixed, in (0, 1].
    """

    alpha: float
    class_counts: Tensor
    probability: float = 1.0
    # Of the images, those that the method mixes; ``probability`` is of them.
    mixed_share: ClassVar[float] = 1.0
    # Batches of the same size that come of one, see `MixedLabels`.
    parts: ClassVar[int] = 1
    # A name in `choices.SAMPLERS`, where partners are drawn apart; None: the batch, shuffled.
    partner_sampler: ClassVar[str | None] = None

    def to(self, device: torch.device) -> Self:
        """The same for batches on a device."""
        return replace(self, class_counts=self.class_counts.to(device))

    @abstractmethod
    def __call__(
        self, batch: Batch, other: Batch, generator: torch.Generator
    ) -> tuple[Tensor, MixedLabels]:
        """Images float [B, 3, S, S] of both batches in one, with their two labels.

        Where the labels have several parts, there are as many times B of each.
        """

    def image_weight(self, batch_size: int, generator: torch.Generator) -> Tensor:
        """The share of each image that stays its own, float [B]: 1 for those that aren't mixed."""
        weight = draw_weights(batch_size, self.alpha, generator)
        mixed = self.mixed_share * self.probability
        if mixed == 1:
            return weight
        chance = uniform((batch_size,), generator)
        return torch.where(chance < mixed, weight, 1.0)


class Mixup(Mixing):
    """Weighted means of two images and of their labels (Zhang et al., ICLR 2018)."""

    def __call__(
        self, batch: Batch, other: Batch, generator: torch.Generator
    ) -> tuple[Tensor, MixedLabels]:
        """See `mixup`."""
        (images, labels), (partners, partner_labels) = batch, other
        weight = self.image_weight(len(images), generator)
        shares = self.label_weight(weight, labels, partner_labels)
        return mixup(images, partners, weight), MixedLabels(labels, partner_labels, shares)

    def label_weight(self, weight: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """The share of the first labels [B]: that of the images."""
        return weight


class RegMixup(Mixup):
    """The batch and, as a regulariser, its mixup (Pinto et al., NeurIPS 2022): two parts."""

    parts = 2

    def __call__(
        self, batch: Batch, other: Batch, generator: torch.Generator
    ) -> tuple[Tensor, MixedLabels]:
        """The batch, then its mixup: images float [2 B, 3, S, S]."""
        images, labels = batch
        mixed, (first, second, weight, _) = super().__call__(batch, other, generator)
        both = MixedLabels(
            torch.cat([labels, first]),
            torch.cat([labels, second]),
            torch.cat([torch.ones_like(weight), weight]),
            parts=self.parts,
        )
        return torch.cat([images, mixed]), both


class Remix(Mixup):
    """Mixup whose label goes to a much rarer class (Chou et al., ECCV workshops 2020)."""

    def label_weight(self, weight: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """See `remixed`."""
        return remixed(weight, self.class_counts[first], self.class_counts[second])


class CutMix(Mixing):
    """A rectangle of the partner in the image (Yun et al., ICCV 2019)."""

    def __call__(
        self, batch: Batch, other: Batch, generator: torch.Generator
    ) -> tuple[Tensor, MixedLabels]:
        """See `paste`."""
        (images, labels), (partners, partner_labels) = batch, other
        weight = self.image_weight(len(images), generator)
        images, kept = paste(images, partners, weight, generator)
        return images, MixedLabels(labels, partner_labels, kept)


class CMO(CutMix):
    """CutMix whose rectangle is of a class drawn by inverse frequency (Park et al., CVPR 2022)."""

    partner_sampler = "inverse_frequency"
    mixed_share = CMO_SHARE
