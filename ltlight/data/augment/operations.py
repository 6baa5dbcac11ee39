"""Operations of AutoAugment and its successors on whole batches, a magnitude for every image.

All take images float [B, 3, S, S], 0…255, and magnitudes float [B]; each equals torchvision's
function on the same image to one grey level (`tests/data/augment/test_operations.py`).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from ltlight.data.augment.fig7 import GREY

Operation = Callable[[Tensor, Tensor], Tensor]  # images 0…255 and their magnitudes [B]


def apply_to(x: Tensor, chosen: Tensor, operation: Operation, magnitude: Tensor) -> Tensor:
    """An operation on some images of a batch.

    Args:
        x: float [B, 3, S, S], 0…255; changed in place on a CPU.
        chosen: bool [B], which of them.
        operation: of this module.
        magnitude: float [B].
    """
    if x.device.type == "cpu":  # a few images each; elsewhere the shapes are static
        rows = chosen.nonzero().squeeze(1)
        if len(rows):
            x[rows] = operation(x[rows], magnitude[rows])
        return x
    return torch.where(chosen[:, None, None, None], operation(x, magnitude), x)


def resample(x: Tensor, matrix: list[Tensor | float], centre: float) -> Tensor:
    """Nearest pixel of an affine map from target to source, 0 outside.

    Args:
        x: float [B, 3, S, S].
        matrix: xx, xy, x0, yx, yy, y0, each [B] or one number.
        centre: pixels from the first, of the origin of the map.
    """
    size = x.shape[-1]
    axis = torch.arange(size, device=x.device) - centre
    xx, xy, x0, yx, yy, y0 = (
        m[:, None, None] if isinstance(m, Tensor) else torch.full((1, 1, 1), m, device=x.device)
        for m in matrix
    )
    column = (xx * axis + xy * axis[:, None] + x0 + centre).round()
    row = (yx * axis + yy * axis[:, None] + y0 + centre).round()
    inside = (column >= 0) & (column < size) & (row >= 0) & (row < size)
    source = torch.where(inside, row * size + column, 0).long().flatten(1)[:, None]
    moved = x.flatten(2).gather(2, source.expand(len(x), x.shape[1], -1)).view_as(x)
    return moved * inside[:, None]


def shear_x(x: Tensor, slope: Tensor) -> Tensor:
    """About the corner of the image, as torchvision's."""
    return resample(x, [1.0, slope, 0.0, 0.0, 1.0, 0.0], centre=-0.5)


def shear_y(x: Tensor, slope: Tensor) -> Tensor:
    """About the corner of the image."""
    return resample(x, [1.0, 0.0, 0.0, slope, 1.0, 0.0], centre=-0.5)


def translate_x(x: Tensor, pixels: Tensor) -> Tensor:
    """Whole pixels to the right."""
    return resample(x, [1.0, 0.0, -pixels.trunc(), 0.0, 1.0, 0.0], centre=0.0)


def translate_y(x: Tensor, pixels: Tensor) -> Tensor:
    """Whole pixels down."""
    return resample(x, [1.0, 0.0, 0.0, 0.0, 1.0, -pixels.trunc()], centre=0.0)


def rotate(x: Tensor, degrees: Tensor) -> Tensor:
    """Counter-clockwise about the middle."""
    cos, sin = (degrees * (math.pi / 180)).cos(), (degrees * (math.pi / 180)).sin()
    return resample(x, [cos, -sin, 0.0, sin, cos, 0.0], centre=(x.shape[-1] - 1) / 2)


def grey(x: Tensor) -> Tensor:
    """Luma [B, 1, S, S]."""
    return GREY[0] * x[:, :1] + GREY[1] * x[:, 1:2] + GREY[2] * x[:, 2:]


def blend(x: Tensor, other: Tensor | float, change: Tensor) -> Tensor:
    """other + (1 + change) (x - other), clamped."""
    factor = (1 + change)[:, None, None, None]
    return (factor * x + (1 - factor) * other).clamp_(0, 255)


def brightness(x: Tensor, change: Tensor) -> Tensor:
    """Against black."""
    return blend(x, 0.0, change)


def colour(x: Tensor, change: Tensor) -> Tensor:
    """Against each pixel's grey."""
    return blend(x, grey(x).floor(), change)


def contrast(x: Tensor, change: Tensor) -> Tensor:
    """Against the image's mean grey."""
    return blend(x, grey(x).floor().mean((2, 3), keepdim=True), change)


def sharpness(x: Tensor, change: Tensor) -> Tensor:
    """Against the smoothed image; its border stays."""
    kernel = torch.ones(3, 1, 3, 3, device=x.device)
    kernel[:, :, 1, 1] = 5
    smooth = x.clone()
    smooth[:, :, 1:-1, 1:-1] = F.conv2d(x, kernel / 13, groups=3).round()
    return blend(x, smooth, change)


def posterize(x: Tensor, bits: Tensor) -> Tensor:
    """The highest bits of every value."""
    step = (2 ** (8 - bits))[:, None, None, None]
    return (x / step).floor() * step


def solarize(x: Tensor, threshold: Tensor) -> Tensor:
    """Values from the threshold on inverted."""
    return torch.where(x >= threshold[:, None, None, None], 255 - x, x)


def invert(x: Tensor, _: Tensor) -> Tensor:
    """Every value inverted."""
    return 255 - x


def autocontrast(x: Tensor, _: Tensor) -> Tensor:
    """Each channel stretched to 0…255; a flat one stays."""
    low, high = x.amin((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
    flat = low == high
    return torch.where(flat, x, (x - low) * (255 / torch.where(flat, 1.0, high - low)))


def equalize(x: Tensor, _: Tensor) -> Tensor:
    """Each channel's histogram made flat."""
    values = x.long().flatten(2).flatten(0, 1)  # [B * 3, S * S]
    histogram = values.new_zeros(len(values), 256)
    histogram.scatter_add_(1, values, torch.ones_like(values))
    brightest = histogram.gather(1, values.amax(1, keepdim=True))
    step = (values.shape[1] - brightest) // 255
    divisor = step.clamp(min=1)
    table = ((histogram.cumsum(1) - histogram + step // 2) // divisor).clamp(0, 255)
    changed = torch.where(step > 0, table.gather(1, values), values)
    return changed.view_as(x).to(x.dtype)
