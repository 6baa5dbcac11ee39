"""Test-time augmentation: a picture's logits are the mean over several views of it.

Ten crops (Krizhevsky et al. 2012): the picture and its four diagonal shifts, and all of them
mirrored. Theirs are crops of larger pictures; small ones are shifted by one pixel in 32, their
border repeated. Costs nothing in training, and as many forward passes at test as there are views.

All take images [B, C, S, S] and whether a mirrored picture still shows its class (False leaves the
mirrored views out), and give the views, the pictures themselves first.
"""

from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.functional import five_crop

SHIFT = 1 / 32  # of the side


def none(images: Tensor, mirror: bool) -> list[Tensor]:
    """The pictures alone, 1 view."""
    return [images]


def flip(images: Tensor, mirror: bool) -> list[Tensor]:
    """And mirrored, 2 views."""
    return [images, images.flip(-1)] if mirror else [images]


def ten_crop(images: Tensor, mirror: bool) -> list[Tensor]:
    """Moved along the four diagonals, too, each also mirrored; 10 views."""
    size = images.shape[-1]
    padded = F.pad(images, (max(1, round(SHIFT * size)),) * 4, mode="replicate")
    *corners, centre = five_crop(padded, [size, size])
    return [view for crop in (centre, *corners) for view in flip(crop, mirror)]
