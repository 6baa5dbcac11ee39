"""What an augmentation is, and how one is put together; the augmentations have files of their own.

To add one: a function as `Preset` in a file beside this one, named in `ltlight.config.choices`.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ltlight.data.augment.cutout import cutout

# uint8 [B, 3, S, S] and a generator on their device to float [B, 3, S, S], normalised
Augmentation = Callable[[Tensor, torch.Generator], Tensor]
# The same, told whether a mirrored picture still shows its class: (images, generator, mirror).
Preset = Callable[[Tensor, torch.Generator, bool], Tensor]


def to_unit(images: Tensor) -> Tensor:
    """uint8 [B, 3, H, W] to float in [0, 1]: torchvision's ToTensor."""
    return images.float().div_(255)


def normalise(unit: Tensor) -> Tensor:
    """[0, 1] to [-1, 1], in place: Normalize(0.5, 0.5)."""
    return unit.sub_(0.5).div_(0.5)


def none(images: Tensor, generator: torch.Generator | None = None, mirror: bool = True) -> Tensor:
    """Normalisation only: uint8 [B, 3, S, S] to float in [-1, 1]."""
    return normalise(to_unit(images))


def augmentation(preset: Preset, *, mirror: bool, cutout_share: float) -> Augmentation:
    """A preset, drawing anew at every call, and after it cutout.

    Args:
        preset: see `Preset`.
        mirror: whether a mirrored picture still shows its class; False leaves flips out (digits,
            letters, traffic signs).
        cutout_share: side of the square that is blanked at last, as a share of the image's; 0 for
            none.
    """

    def augment(images: Tensor, generator: torch.Generator) -> Tensor:
        augmented = preset(images, generator, mirror)
        return cutout(augmented, cutout_share, generator) if cutout_share > 0 else augmented

    return augment
