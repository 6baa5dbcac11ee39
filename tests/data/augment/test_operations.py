"""Every operation against torchvision's own function on the same image."""

import math

import pytest
import torch
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as TF

from ltlight.data.augment import operations as op

NEAREST = InterpolationMode.NEAREST


def shear(image, degrees):
    return TF.affine(image, 0, [0, 0], 1.0, degrees, NEAREST, center=[0, 0])


GEOMETRIC = [
    (op.shear_x, 0.7, lambda i, m: shear(i, [math.degrees(math.atan(m)), 0.0])),
    (op.shear_y, -0.4, lambda i, m: shear(i, [0.0, math.degrees(math.atan(m))])),
    (op.translate_x, 9.6, lambda i, m: TF.affine(i, 0, [int(m), 0], 1.0, [0.0], NEAREST)),
    (op.translate_y, -9.6, lambda i, m: TF.affine(i, 0, [0, int(m)], 1.0, [0.0], NEAREST)),
    (op.rotate, 100.0, lambda i, m: TF.rotate(i, m, NEAREST)),
]


@pytest.mark.parametrize(("ours", "magnitude", "theirs"), GEOMETRIC, ids=lambda v: str(v)[:20])
def test_geometry(images, ours, magnitude, theirs):
    """Equal but for pixels whose source lies at a border of two, to rounding."""
    out = ours(images.float(), torch.full((len(images),), magnitude))
    wanted = torch.stack([theirs(i, magnitude) for i in images]).float()
    differing = (out != wanted).any(1).float().mean()
    assert differing < 0.005
    assert (out != images.float()).any()


COLOUR = [
    (op.brightness, 0.4, lambda i, m: TF.adjust_brightness(i, 1 + m)),
    (op.colour, -0.6, lambda i, m: TF.adjust_saturation(i, 1 + m)),
    (op.contrast, 0.7, lambda i, m: TF.adjust_contrast(i, 1 + m)),
    (op.sharpness, -0.9, lambda i, m: TF.adjust_sharpness(i, 1 + m)),
    (op.posterize, 3.0, lambda i, m: TF.posterize(i, int(m))),
    (op.solarize, 120.0, TF.solarize),
    (op.autocontrast, 0.0, lambda i, m: TF.autocontrast(i)),
    (op.equalize, 0.0, lambda i, m: TF.equalize(i)),
    (op.invert, 0.0, lambda i, m: TF.invert(i)),
]


@pytest.mark.parametrize(("ours", "magnitude", "theirs"), COLOUR, ids=lambda v: str(v)[:20])
def test_colour(images, ours, magnitude, theirs):
    """To one grey level: torchvision cuts its results off to whole ones."""
    out = ours(images.float(), torch.full((len(images),), magnitude))
    wanted = torch.stack([theirs(i, magnitude) for i in images]).float()
    assert (out - wanted).abs().max() <= 1.01
    assert (out - images.float()).abs().max() > 5


def test_flat_pictures_stay_as_they_are():
    flat = torch.full((2, 3, 8, 8), 77.0)
    nothing = torch.zeros(2)
    assert torch.equal(op.autocontrast(flat, nothing), flat)
    assert torch.equal(op.equalize(flat, nothing), flat)


def test_only_the_chosen_images_are_computed(images):
    seen = []

    def brighter(x, change):
        seen.append((len(x), change.tolist()))
        return op.brightness(x, change)

    chosen = torch.arange(len(images)) % 5 == 1
    change = torch.linspace(0.1, 0.9, len(images))
    out = op.apply_to(images.float(), chosen, brighter, change)
    assert seen == [(int(chosen.sum()), change[chosen].tolist())]
    wanted = torch.where(chosen[:, None, None, None], op.brightness(images.float(), change), images)
    assert torch.equal(out, wanted)
    op.apply_to(images.float(), torch.zeros_like(chosen), brighter, change)
    assert len(seen) == 1  # none chosen: none computed
