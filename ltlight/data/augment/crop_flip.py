"""Crop and flip, the usual augmentation of CIFAR (He et al. 2016)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from ltlight.data.augment.presets import none
from ltlight.data.draws import uniform

PADDING = 1 / 8  # of the side: 4 of 32 pixels
FLIPPED = 0.5


def crop_flip(images: Tensor, generator: torch.Generator, mirror: bool = True) -> Tensor:
    """`cropped`, then normalised: uint8 [B, 3, S, S] to float in [-1, 1]."""
    return none(cropped(images, generator, mirror))


def cropped(images: Tensor, generator: torch.Generator, mirror: bool = True) -> Tensor:
    """Each image padded with black, cropped to its size anywhere, and half of them mirrored.

    Args:
        images: uint8 [B, 3, S, S].
        generator: on their device.
        mirror: whether to flip at all.

    Returns:
        uint8 [B, 3, S, S].
    """
    size = images.shape[-1]
    pad = round(PADDING * size)
    drawn = uniform((3, len(images)), generator, images=1)
    down, right = (drawn[:2] * (2 * pad + 1)).long().clamp_(max=2 * pad)
    return crop(images, pad, down, right, (drawn[2] < FLIPPED) & mirror)


def crop(images: Tensor, pad: int, down: Tensor, right: Tensor, flip: Tensor) -> Tensor:
    """The crops at given places of the padded images, then mirrored where said.

    Args:
        images: [B, 3, S, S].
        pad: pixels of 0 on every side.
        down, right: int64 [B] in 0…2 pad, where the crop begins.
        flip: bool [B].
    """
    size = images.shape[-1]
    axis = torch.arange(size, device=images.device)
    rows = (down[:, None] + axis)[:, None, :, None]
    columns = torch.where(flip[:, None], size - 1 - axis, axis) + right[:, None]
    samples = torch.arange(len(images), device=images.device)[:, None, None, None]
    channels = torch.arange(images.shape[1], device=images.device)[:, None, None]
    return F.pad(images, (pad,) * 4)[samples, channels, rows, columns[:, None, None, :]]
