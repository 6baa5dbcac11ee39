"""Every operation against torchvision's own function on the same image."""

import math

import pytest
import torch
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as TF

from ltlight.data.augment import trivial
from ltlight.data.augment.crop_flip import cropped

NEAREST = InterpolationMode.NEAREST


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    """Smooth random pictures in colour; digits are grey."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(12, 3, 6, 6, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, 32, mode="bicubic").clamp(0, 1)
    return (smooth * 255).round().to(torch.uint8)


def shear(image, degrees):
    return TF.affine(image, 0, [0, 0], 1.0, degrees, NEAREST, center=[0, 0])


GEOMETRIC = [
    (trivial.shear_x, 0.7, lambda i, m: shear(i, [math.degrees(math.atan(m)), 0.0])),
    (trivial.shear_y, -0.4, lambda i, m: shear(i, [0.0, math.degrees(math.atan(m))])),
    (trivial.translate_x, 9.6, lambda i, m: TF.affine(i, 0, [int(m), 0], 1.0, [0.0], NEAREST)),
    (trivial.translate_y, -9.6, lambda i, m: TF.affine(i, 0, [0, int(m)], 1.0, [0.0], NEAREST)),
    (trivial.rotate, 100.0, lambda i, m: TF.rotate(i, m, NEAREST)),
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
    (trivial.brightness, 0.4, lambda i, m: TF.adjust_brightness(i, 1 + m)),
    (trivial.colour, -0.6, lambda i, m: TF.adjust_saturation(i, 1 + m)),
    (trivial.contrast, 0.7, lambda i, m: TF.adjust_contrast(i, 1 + m)),
    (trivial.sharpness, -0.9, lambda i, m: TF.adjust_sharpness(i, 1 + m)),
    (trivial.posterize, 3.0, lambda i, m: TF.posterize(i, int(m))),
    (trivial.solarize, 120.0, TF.solarize),
    (trivial.autocontrast, 0.0, lambda i, m: TF.autocontrast(i)),
    (trivial.equalize, 0.0, lambda i, m: TF.equalize(i)),
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
    assert torch.equal(trivial.autocontrast(flat, nothing), flat)
    assert torch.equal(trivial.equalize(flat, nothing), flat)


def test_magnitudes_are_torchvisions():
    from torchvision.transforms import TrivialAugmentWide

    space = TrivialAugmentWide()._augmentation_space(trivial.BINS)
    level = torch.linspace(0, 1, trivial.BINS)
    plus = torch.ones_like(level)
    assert len(space) == len(trivial.OPERATIONS)
    for (wanted, signed), (_, magnitude) in zip(space.values(), trivial.OPERATIONS, strict=True):
        ours = magnitude(level, plus, 32)
        if wanted.ndim:
            torch.testing.assert_close(ours, wanted.float(), rtol=0, atol=1e-4)
            if signed:
                assert torch.equal(magnitude(level, -plus, 32), -ours)


def test_one_operation_an_image_all_equally_often(images):
    """Draws are of the generator, each image is changed by one operation at most."""
    many = images[:1].expand(3000, -1, -1, -1)
    out = trivial.trivial_augment(many, torch.Generator().manual_seed(3))
    assert torch.equal(out, trivial.trivial_augment(many, torch.Generator().manual_seed(3)))
    assert out.min() >= 0
    assert out.max() <= 255
    unchanged = (out == many).flatten(1).all(1).float().mean()
    # Identity, and levels that change nothing.
    assert 1 / 14 - 0.02 < unchanged < 3 / 14


def test_the_preset_crops_and_flips_before_it_and_normalises_after(images):
    for mirror in (True, False):
        drawing = torch.Generator().manual_seed(4)
        wanted = trivial.trivial_augment(cropped(images, drawing, mirror), drawing) / 127.5 - 1
        found = trivial.trivial(images, torch.Generator().manual_seed(4), mirror)
        torch.testing.assert_close(found, wanted, rtol=0, atol=2e-7)
