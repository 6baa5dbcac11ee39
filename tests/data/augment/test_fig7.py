"""Every sample against torchvision's own functions, given the same parameters."""

import math
from dataclasses import replace

import pytest
import torch
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.functional import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    affine,
    hflip,
    rotate,
)

from ltlight.data.augment import fig7
from ltlight.data.augment.fig7 import Draws, draw
from ltlight.data.augment.presets import none, normalise, to_unit

BLENDS = (adjust_brightness, adjust_contrast, adjust_saturation)
# Half a unit of float32 at the source coordinates (up to 50 pixels) is 2e-6; sine, cosine and the
# grid of torchvision add a few of those. Only a source this close to the middle between two pixels
# may be rounded to either.
TIE = 1e-4


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def images(digit_sets) -> torch.Tensor:
    """256 colourful uint8 images: real digits, each channel another one."""
    pixels = torch.from_numpy(digit_sets[0].images[:768])
    return pixels[:, 0].reshape(256, 3, 32, 32)


def torchvision_geometry(x: torch.Tensor, draws: Draws, i: int) -> torch.Tensor:
    shift = draws.shift[i].int().tolist()
    x = affine(x, angle=0, translate=shift, scale=1, shear=[0, 0])
    x = hflip(x) if draws.flip[i] else x
    angle = draws.angle[i].item()
    return rotate(x, angle, InterpolationMode.NEAREST) if angle else x


def torchvision_jitter(x: torch.Tensor, draws: Draws, i: int) -> torch.Tensor:
    if not draws.jitter[i]:
        return x
    order = draws.blend_order[i].tolist()
    order.insert(int(draws.hue_slot[i]), 3)
    for op in order:
        if op == 3:
            x = adjust_hue(x, draws.hue[i].item())
        else:
            x = BLENDS[op](x, draws.factors[i, op].item())
    return x


def near_tie(draws: Draws, i: int, size: int) -> torch.Tensor:
    """Which target pixels have a source within TIE of the middle between two pixels."""
    axis = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    radians = math.radians(draws.angle[i].item())
    column = math.cos(radians) * axis - math.sin(radians) * axis[:, None] + (size - 1) / 2
    row = math.sin(radians) * axis + math.cos(radians) * axis[:, None] + (size - 1) / 2
    return (((column % 1) - 0.5).abs() < TIE) | (((row % 1) - 0.5).abs() < TIE)


@pytest.mark.parametrize("size", [32, 50])
def test_warp_equals_torchvision_but_for_ties(images, size):
    x = v2.functional.resize(images, [size, size]).float() / 127.5 - 1
    draws = draw(len(x), size, generator())
    warped = fig7.warp(x, draws)
    differing = 0
    for i in range(len(x)):
        unequal = (warped[i] != torchvision_geometry(x[i], draws, i)).any(0)
        assert not (unequal & ~near_tie(draws, i, size)).any(), f"sample {i}"
        differing += int(unequal.sum())
    assert differing / (len(x) * size * size) < 1e-3


@pytest.mark.parametrize("angle", [0.0, 45.0, -45.0, 17.3])
@pytest.mark.parametrize("flip", [False, True])
def test_every_pixel_of_a_real_picture(images, angle, flip):
    draws = Draws(
        shift=torch.tensor([[3.0, -2.0]]),
        flip=torch.tensor([flip]),
        angle=torch.tensor([angle]),
        jitter=torch.tensor([False]),
        factors=torch.ones(1, 3),
        hue=torch.zeros(1),
        blend_order=torch.tensor([[0, 1, 2]]),
        hue_slot=torch.tensor([0]),
    )
    x = none(images[:1])
    unequal = (fig7.warp(x, draws)[0] != torchvision_geometry(x[0], draws, 0)).any(0)
    assert not (unequal & ~near_tie(draws, 0, 32)).any()


def test_jitter_on_the_unit_range_equals_torchvision(images):
    x = to_unit(images)
    draws = draw(len(x), 32, generator(1))
    expected = torch.stack([torchvision_jitter(x[i], draws, i) for i in range(len(x))])
    assert draws.jitter.sum() > 50
    torch.testing.assert_close(fig7.jitter(x.clone(), draws), expected, rtol=0, atol=2e-6)


def test_jitter_on_normalised_images_equals_torchvision_with_its_clamp(images):
    """The report's recipe. Where the hue shift meets negative values, torchvision clamps two of a
    pixel's channels to 0 and not the largest, so at the border of two hue sectors rounding decides
    which channel that is: the only pixels that may differ, and only in samples shifted first."""
    x = none(images)
    draws = draw(len(x), 32, generator(2))
    expected = torch.stack([torchvision_jitter(x[i], draws, i) for i in range(len(x))])
    ours = fig7.jitter(x.clone(), draws)
    off = ((ours - expected).abs() > 2e-6).any(1)
    assert not off[draws.hue_slot > 0].any()
    assert off.float().mean() < 1e-4
    clamped = ours[draws.jitter & (draws.hue_slot > 0)]
    assert clamped.min() >= 0  # every negative value became 0


def test_masked_path_equals_the_selecting_one(images):
    """Off the CPU all samples are computed and the untouched ones masked."""
    x = none(images)
    draws = draw(len(x), 32, generator(3))
    masked = torch.where(draws.jitter[:, None, None, None], fig7._jitter_all(x, draws), x)
    torch.testing.assert_close(fig7.jitter(x.clone(), draws), masked, rtol=0, atol=0)


def test_presets_put_the_parts_together(images):
    draws = draw(len(images), 32, generator(4))
    to_the_letter = fig7.jitter(fig7.warp(none(images), draws), draws)
    assert torch.equal(fig7.apply(images, draws), to_the_letter)
    assert torch.equal(fig7.fig7(images, generator(4)), to_the_letter)
    corrected = fig7.warp(normalise(fig7.jitter(to_unit(images), draws)), draws)
    assert torch.equal(fig7.apply_corrected(images, draws), corrected)
    assert torch.equal(fig7.corrected(images, generator(4)), corrected)
    assert corrected.min() >= -1
    assert (to_the_letter - corrected).abs().max() > 0.5  # the clamp shows


def test_shares_and_ranges_of_the_draws():
    n = 40_000
    draws = draw(n, 32, generator(5))
    # Four binomial shares; 4 standard errors of 0.3 over 40,000 draws are 0.0092. A translation
    # rounds to (0, 0) in (1/6.4)^2 = 2.4 % of its draws: |u| < 0.5 of 3.2 in both directions.
    moved = (draws.shift != 0).any(1).float().mean()
    assert moved == pytest.approx(0.3 * (1 - (0.5 / 3.2) ** 2), abs=0.0092)
    for touched in (draws.flip, draws.angle != 0, draws.jitter):
        assert touched.float().mean() == pytest.approx(0.3, abs=0.0092)
    assert draws.shift.abs().max() == 3
    assert 44 < draws.angle.abs().max() <= 45
    assert 0.8 <= draws.factors.min() < 0.801
    assert 1.199 < draws.factors.max() <= 1.2
    assert 0.199 < draws.hue.abs().max() <= 0.2


def test_orders_of_the_jitter_are_uniform():
    n = 24_000
    draws = draw(n, 32, generator(6))
    code = draws.hue_slot * 27 + (draws.blend_order * torch.tensor([9, 3, 1])).sum(1)
    counts = torch.unique(code, return_counts=True)[1]
    assert len(counts) == 24
    # 1,000 expected of each; 5 standard deviations are 155.
    assert (counts - 1000).abs().max() < 155


def test_two_samples_of_a_batch_get_different_draws(images):
    same = images[:1].expand(64, -1, -1, -1).clone()
    out = fig7.fig7(same, generator(7)).flatten(1)
    assert len(torch.unique(out, dim=0)) > 32  # 0.7^4 = 24 % of the samples are untouched


def test_without_mirror_nothing_is_flipped(images):
    draws = draw(len(images), 32, generator(8))
    assert draws.flip.any()
    unflipped = replace(draws, flip=torch.zeros_like(draws.flip))
    assert torch.equal(fig7.fig7(images, generator(8), False), fig7.apply(images, unflipped))
    expected = fig7.apply_corrected(images, unflipped)
    assert torch.equal(fig7.corrected(images, generator(8), False), expected)
