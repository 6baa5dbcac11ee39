"""Augmentation of whole batches, a draw for every sample (the report's Fig 7).

torchvision's transforms draw once a batch, and image by image they cost more than the training step
of a small network. Here the draws are tensors, the geometry is one gather, and each sample equals
what torchvision's functions give with the same parameters (`tests/data/augment/test_fig7.py`).
"""

import math
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from ltlight.data.augment.presets import none, normalise, to_unit
from ltlight.data.draws import uniform

# Fig 7: each with probability 0.3.
PROBABILITY = 0.3
TRANSLATION = 0.1  # of the side, in x and y
ROTATION = 45.0  # degrees, either way
JITTER = 0.2  # brightness, contrast, saturation: 1 ± 0.2; hue: ± 0.2 of the colour circle
GREY = (0.2989, 0.587, 0.114)  # torchvision's luma weights


@dataclass(frozen=True)
class Draws:
    """The random parameters of a batch, one entry a sample; untouched samples hold the identity.

    Attributes:
        shift: float [B, 2], whole pixels to the right and down.
        flip: bool [B], mirrored left to right.
        angle: float [B], degrees counter-clockwise.
        jitter: bool [B], whether the colours are changed at all.
        factors: float [B, 3], of brightness, contrast and saturation.
        hue: float [B], shift as a share of the colour circle.
        blend_order: int64 [B, 3], the order of those three (0 brightness, 1 contrast,
            2 saturation).
        hue_slot: int64 [B], how many of the three come before the hue shift, 0…3. Uniform together
            with ``blend_order``, this is a uniform order of four, as torchvision's ColorJitter.
    """

    shift: Tensor
    flip: Tensor
    angle: Tensor
    jitter: Tensor
    factors: Tensor
    hue: Tensor
    blend_order: Tensor
    hue_slot: Tensor

    def rows(self, index: Tensor) -> "Draws":
        """The draws of some samples."""
        return Draws(*(getattr(self, f.name)[index] for f in fields(self)))


def draw(batch_size: int, image_size: int, generator: torch.Generator) -> Draws:
    """Random parameters for a batch, on the generator's device."""

    def drawn(*shape: int) -> Tensor:
        return uniform((batch_size, *shape), generator)

    touched = drawn(4) < PROBABILITY
    reach = TRANSLATION * image_size
    shift = ((drawn(2) * 2 - 1) * reach).round()
    return Draws(
        shift=shift * touched[:, :1],
        flip=touched[:, 1],
        angle=(drawn() * 2 - 1) * ROTATION * touched[:, 2],
        jitter=touched[:, 3],
        factors=1 + (drawn(3) * 2 - 1) * JITTER,
        hue=(drawn() * 2 - 1) * JITTER,
        blend_order=drawn(3).argsort(dim=1),
        hue_slot=(drawn() * 4).long().clamp_(max=3),
    )


def warp(x: Tensor, draws: Draws) -> Tensor:
    """Translation, flip and rotation of float [B, C, S, S]; nearest pixel, filled with 0.

    The three are one gather: every target pixel is followed back through them to its source.
    """
    size = x.shape[-1]
    centre = (size - 1) / 2
    axis = torch.arange(size, device=x.device) - centre
    radians = draws.angle * (math.pi / 180)
    cos, sin = radians.cos()[:, None, None], radians.sin()[:, None, None]
    column = (cos * axis - sin * axis[:, None] + centre).round_()  # ties to even, as grid_sample
    row = (sin * axis + cos * axis[:, None] + centre).round_()
    inside = (column >= 0) & (column < size) & (row >= 0) & (row < size)
    column = torch.where(draws.flip[:, None, None], size - 1 - column, column)
    column = column - draws.shift[:, 0, None, None]
    row = row - draws.shift[:, 1, None, None]
    inside &= (column >= 0) & (column < size) & (row >= 0) & (row < size)
    source = torch.where(inside, row * size + column, 0).long().flatten(1)[:, None]
    warped = x.flatten(2).gather(2, source.expand(-1, x.shape[1], -1)).view_as(x)
    return warped.mul_(inside[:, None])


def jitter(x: Tensor, draws: Draws) -> Tensor:
    """Brightness, contrast, saturation and hue of float [B, 3, H, W], in the drawn orders.

    As torchvision's, the three blends clamp to [0, 1]: on normalised images every negative value
    becomes 0. That is the report's recipe; `corrected` jitters before normalising.
    """
    if x.device.type == "cpu":  # seven in ten samples are untouched; elsewhere the shape is static
        rows = draws.jitter.nonzero().squeeze(1)
        x[rows] = _jitter_all(x[rows], draws.rows(rows))
        return x
    return torch.where(draws.jitter[:, None, None, None], _jitter_all(x, draws), x)


def _jitter_all(x: Tensor, draws: Draws) -> Tensor:
    """Each sample's blends before its hue shift, the shift, and its blends after it."""
    factors = draws.factors.gather(1, draws.blend_order)
    for step in range(3):
        early = (step < draws.hue_slot)[:, None, None, None]
        x = torch.where(early, _blend(x, factors[:, step], draws.blend_order[:, step]), x)
    x = _shift_hue(x, draws.hue)
    for step in range(3):
        late = (step >= draws.hue_slot)[:, None, None, None]
        x = torch.where(late, _blend(x, factors[:, step], draws.blend_order[:, step]), x)
    return x


def _blend(x: Tensor, factor: Tensor, kind: Tensor) -> Tensor:
    """Blend with black, the image's mean grey, or the pixel's grey; clamped to [0, 1]."""
    factor, kind = factor[:, None, None, None], kind[:, None, None, None]
    grey = GREY[0] * x[:, :1] + GREY[1] * x[:, 1:2] + GREY[2] * x[:, 2:]
    other = torch.where(kind == 1, grey.mean((2, 3), keepdim=True), grey) * (kind > 0)
    return (factor * x + (1 - factor) * other).clamp_(0, 1)


def _shift_hue(x: Tensor, shift: Tensor) -> Tensor:
    """RGB to HSV, hue + shift, and back.

    The closed form of torchvision's six cases: a channel is v - chroma * w with w a trapezoid of
    the hue. Torchvision clamps all but the largest channel, which shows on negative values only.
    """
    red, green, blue = x.unbind(1)
    value, low = x.amax(1), x.amin(1)
    chroma = value - low
    divisor = torch.where(chroma == 0, 1, chroma)
    hue = torch.where(
        value == red,
        (green - blue) / divisor,
        torch.where(value == green, 2 + (blue - red) / divisor, 4 + (red - green) / divisor),
    )
    hue = (hue / 6 + shift[:, None, None]).remainder_(1).mul_(6)
    offsets = torch.tensor([5.0, 3.0, 1.0], device=x.device).view(1, 3, 1, 1)
    k = (hue[:, None] + offsets).remainder_(6)
    weight = torch.minimum(k, 4 - k).clamp_(0, 1)
    value, chroma = value[:, None], chroma[:, None]
    return torch.where(weight == 0, value, (value - chroma * weight).clamp_(0, 1))


def apply(images: Tensor, draws: Draws) -> Tensor:
    """Fig 7 to the letter, by given draws: normalised, moved, then jittered with its clamp."""
    return jitter(warp(none(images), draws), draws)


def apply_corrected(images: Tensor, draws: Draws) -> Tensor:
    """Fig 7 with the colour jitter on [0, 1], before normalising; the rest unchanged."""
    return warp(normalise(jitter(to_unit(images), draws)), draws)


def fig7(images: Tensor, generator: torch.Generator, mirror: bool = True) -> Tensor:
    """The EE 443 report's augmentation: a draw for every image, see `apply`.

    Args:
        images: uint8 [B, 3, S, S].
        generator: on their device.
        mirror: whether to flip at all.

    Returns:
        float [B, 3, S, S]; of jittered images in [0, 1], of the others in [-1, 1].
    """
    return apply(images, _draw(images, generator, mirror))


def corrected(images: Tensor, generator: torch.Generator, mirror: bool = True) -> Tensor:
    """The same with the jitter before the normalisation, see `apply_corrected`."""
    return apply_corrected(images, _draw(images, generator, mirror))


def _draw(images: Tensor, generator: torch.Generator, mirror: bool) -> Draws:
    draws = draw(len(images), images.shape[-1], generator)
    return draws if mirror else replace(draws, flip=torch.zeros_like(draws.flip))
