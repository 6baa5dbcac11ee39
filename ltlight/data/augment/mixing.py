"""Mixing of the images of a batch and of their labels, a draw for every image."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

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
    """

    first: Tensor
    second: Tensor
    weight: Tensor


Batch = tuple[Tensor, Tensor]  # images float [B, 3, S, S], labels int64 [B]
Mixing = Callable[[Batch, Batch, torch.Generator], tuple[Tensor, MixedLabels]]


def draw_weights(batch_size: int, alpha: float, generator: torch.Generator) -> Tensor:
    """Beta(alpha, alpha), float [B], on the generator's device; alpha above 0."""
    if alpha == 1:
        return torch.rand(batch_size, generator=generator, device=generator.device)
    alphas = torch.full((2, batch_size), alpha, device=generator.device)
    gamma = torch._standard_gamma(alphas, generator=generator)
    return gamma[0] / gamma.sum(0).clamp(min=torch.finfo(gamma.dtype).tiny)


def mixup(images: Tensor, partners: Tensor, weight: Tensor) -> Tensor:
    """weight * image + (1 - weight) * partner (Zhang et al., ICLR 2018).

    Args:
        images, partners: float [B, 3, S, S].
        weight: float [B] in [0, 1].
    """
    return torch.lerp(partners, images, weight[:, None, None, None])


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
    centre = torch.rand((2, len(images)), generator=generator, device=images.device) * size
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


def mixing(name: str, alpha: float, class_counts: Tensor) -> Mixing | None:
    """The mixing of a name: ``mixup``, ``cutmix``, ``remix`` or ``cmo``; None for ``none``.

    Args:
        name: as in `method.mix`.
        alpha: of the Beta distribution of the weights.
        class_counts: training images [C], on the device of the batches.
    """
    if name == "none":
        return None

    def mix(batch: Batch, other: Batch, generator: torch.Generator) -> tuple[Tensor, MixedLabels]:
        (images, labels), (partners, partner_labels) = batch, other
        weight = draw_weights(len(images), alpha, generator)
        if name in ("mixup", "remix"):
            images = mixup(images, partners, weight)
            if name == "remix":
                weight = remixed(weight, class_counts[labels], class_counts[partner_labels])
        else:
            if name == "cmo":  # Park et al., CVPR 2022: tail on head, in half of the draws
                chance = torch.rand(len(images), generator=generator, device=images.device)
                weight = torch.where(chance < CMO_SHARE, weight, 1.0)
            images, weight = paste(images, partners, weight, generator)
        return images, MixedLabels(labels, partner_labels, weight)

    return mix
