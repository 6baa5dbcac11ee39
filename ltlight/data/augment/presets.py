"""The augmentations by name, put together from their parts."""

from dataclasses import replace

import torch
from torch import Tensor

from ltlight.data.augment.crop_flip import crop_flip
from ltlight.data.augment.cutout import cutout as blank
from ltlight.data.augment.fig7 import Augmentation, corrected, draw, none, normalise, report
from ltlight.data.augment.trivial import trivial

PRESETS = ("none", "report", "corrected", "crop_flip", "trivial")


def preset(name: str, mirror: bool = True, cutout: float = 0.0) -> Augmentation:
    """The augmentation of a name in `PRESETS`, drawing anew at every call.

    Args:
        name: of the preset; ``trivial`` comes after ``crop_flip``, as is usual.
        mirror: whether a mirrored picture still shows its class; False leaves the flip out
            (digits, letters, traffic signs).
        cutout: side of the square that is blanked at last, as a share of the image's; 0 for none.
    """

    def moved_and_coloured(images: Tensor, generator: torch.Generator) -> Tensor:
        draws = draw(len(images), images.shape[-1], generator)
        if not mirror:
            draws = replace(draws, flip=torch.zeros_like(draws.flip))
        return {"report": report, "corrected": corrected}[name](images, draws)

    def augment(images: Tensor, generator: torch.Generator) -> Tensor:
        if name in ("crop_flip", "trivial"):
            images = crop_flip(images, generator, mirror)
        if name == "trivial":
            return normalise(trivial(images, generator).div_(255))
        if name in ("none", "crop_flip"):
            return none(images)
        return moved_and_coloured(images, generator)

    if cutout == 0:
        return none if name == "none" else augment
    return lambda images, generator: blank(augment(images, generator), cutout, generator)
