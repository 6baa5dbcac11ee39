"""Test-time augmentation: a picture's logits are the mean over several views of it.

Ten crops (Krizhevsky et al. 2012): the picture and its four diagonal shifts, and all of them
mirrored. Theirs are crops of larger pictures; small ones are shifted by one pixel in 32, their
border repeated. Costs nothing in training, and as many forward passes at test as there are views.
"""

from collections.abc import Iterator

from torch import Tensor
from torch.nn import functional as F

SHIFT = 1 / 32  # of the side


def views(images: Tensor, name: str, mirror: bool = True) -> Iterator[Tensor]:
    """The views of a batch, the pictures themselves first.

    Args:
        images: [B, C, S, S].
        name: ``none`` (1 view), ``flip`` (2) or ``ten_crop`` (10).
        mirror: whether a mirrored picture still shows its class; False leaves those views out.
    """
    for view in shifted(images) if name == "ten_crop" else (images,):
        yield view
        if mirror and name != "none":
            yield view.flip(-1)


def shifted(images: Tensor) -> Iterator[Tensor]:
    """The pictures, then moved along the four diagonals; five views."""
    yield images
    size = images.shape[-1]
    by = max(1, round(SHIFT * size))
    padded = F.pad(images, (by,) * 4, mode="replicate")
    for down in (0, 2 * by):
        for right in (0, 2 * by):
            yield padded[..., down : down + size, right : right + size]
