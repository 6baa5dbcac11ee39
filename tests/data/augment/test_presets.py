import pytest
import torch
from torchvision.transforms import v2

from ltlight.data.augment.auto_augment import auto_augment
from ltlight.data.augment.crop_flip import crop_flip
from ltlight.data.augment.cutout import cutout
from ltlight.data.augment.fig7 import fig7
from ltlight.data.augment.presets import augmentation, none, normalise, to_unit
from ltlight.data.augment.trivial import trivial

EVERY_LEVEL = torch.arange(256, dtype=torch.uint8).repeat(3).view(1, 3, 16, 16)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_none_is_to_tensor_and_normalize():
    pipeline = v2.Compose(
        [v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5] * 3, [0.5] * 3)]
    )
    torch.testing.assert_close(none(EVERY_LEVEL), pipeline(EVERY_LEVEL), rtol=0, atol=2e-7)


def test_the_unit_range_is_torchvisions_and_normalises_to_minus_1_and_1():
    unit = to_unit(EVERY_LEVEL)
    wanted = v2.functional.to_dtype(EVERY_LEVEL, torch.float32, scale=True)
    torch.testing.assert_close(unit, wanted, rtol=0, atol=6e-8)
    found = normalise(unit)
    assert found is unit  # in place: a batch is a copy already
    assert (found.min(), found.max()) == (-1, 1)


@pytest.mark.parametrize(
    "preset", [none, fig7, crop_flip, trivial, auto_augment], ids=lambda p: p.__name__
)
def test_every_draw_is_the_generators_and_the_images_stay(digit_sets, preset):
    images = torch.from_numpy(digit_sets[0].images[:32])
    before = images.clone()
    augment = augmentation(preset, mirror=True, cutout_share=0)
    first = augment(images, generator())
    assert torch.equal(first, augment(images, generator()))
    assert torch.equal(images, before)
    assert first.dtype == torch.float32
    assert first.min() >= -1
    assert first.max() <= 1
    assert torch.equal(first, augment(images, generator(1))) == (preset is none)


def test_mirror_is_handed_on(digit_sets):
    images = torch.from_numpy(digit_sets[0].images[:32])
    for mirror in (True, False):
        found = augmentation(crop_flip, mirror=mirror, cutout_share=0)(images, generator())
        assert torch.equal(found, crop_flip(images, generator(), mirror))
    assert not torch.equal(found, crop_flip(images, generator(), True))


def test_cutout_comes_after_the_preset_and_draws_on(digit_sets):
    images, drawing = torch.from_numpy(digit_sets[0].images[:32]), generator()
    wanted = cutout(crop_flip(images, drawing, False), 0.5, drawing)
    found = augmentation(crop_flip, mirror=False, cutout_share=0.5)(images, generator())
    assert torch.equal(found, wanted)
    assert (found == 0).any()  # blanked: no grey level is normalised to 0
