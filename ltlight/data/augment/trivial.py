"""TrivialAugment, wide (Müller & Hutter, ICCV 2021): one random operation an image.

The operations and the ranges of their magnitudes are those of torchvision's TrivialAugmentWide, in
31 steps.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ltlight.data.augment import operations as op
from ltlight.data.augment.crop_flip import cropped
from ltlight.data.augment.presets import normalise
from ltlight.data.draws import uniform

BINS = 31


def trivial(images: Tensor, generator: torch.Generator, mirror: bool = True) -> Tensor:
    """TrivialAugment after crop and flip, as is usual: uint8 [B, 3, S, S] to float in [-1, 1]."""
    return normalise(trivial_augment(cropped(images, generator, mirror), generator).div_(255))


def trivial_augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """One of `OPERATIONS` on every image.

    Args:
        images: uint8 [B, 3, S, S].
        generator: on their device.

    Returns:
        float [B, 3, S, S], 0…255.
    """
    drawn = uniform((3, len(images)), generator, images=1)
    kind = (drawn[0] * len(OPERATIONS)).long().clamp_(max=len(OPERATIONS) - 1)
    level = (drawn[1] * BINS).floor().clamp_(max=BINS - 1) / (BINS - 1)  # 0…1
    sign = torch.where(drawn[2] < 0.5, -1.0, 1.0)
    x = images.float()
    for number, (operation, magnitude) in enumerate(OPERATIONS):
        x = op.apply_to(x, kind == number, operation, magnitude(level, sign, x.shape[-1]))
    return x


def _signed(largest: float) -> Callable[[Tensor, Tensor, int], Tensor]:
    return lambda level, sign, size: sign * level * largest


# Each with its magnitude from level 0…1, sign and side; a level of 0 changes nothing.
OPERATIONS: tuple[tuple[op.Operation, Callable[[Tensor, Tensor, int], Tensor]], ...] = (
    (lambda x, _: x, _signed(0.0)),
    (op.shear_x, _signed(0.99)),
    (op.shear_y, _signed(0.99)),
    (op.translate_x, _signed(32.0)),
    (op.translate_y, _signed(32.0)),
    (op.rotate, _signed(135.0)),
    (op.brightness, _signed(0.99)),
    (op.colour, _signed(0.99)),
    (op.contrast, _signed(0.99)),
    (op.sharpness, _signed(0.99)),
    (op.posterize, lambda level, sign, size: 8 - (level * 6).round()),
    (op.solarize, lambda level, sign, size: 255 * (1 - level)),
    (op.autocontrast, _signed(0.0)),
    (op.equalize, _signed(0.0)),
)
