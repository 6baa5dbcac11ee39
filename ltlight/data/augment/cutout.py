"""Cutout (DeVries & Taylor 2017)."""

import torch
from torch import Tensor

from ltlight.data.draws import uniform


def cutout(images: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Blank a square of every image: mid-grey, centred anywhere, what sticks out clipped.

    Args:
        images: float [B, 3, S, S], normalised.
        share: side of the square as a share of S, in (0, 1).
        generator: on their device.
    """
    size = images.shape[-1]
    side = max(1, round(share * size))
    centre = uniform((2, len(images), 1), generator, images=1) * size
    low = centre.floor() - side // 2
    axis = torch.arange(size, device=images.device)
    rows, columns = (axis >= low) & (axis < low + side)
    return images.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0.0)
