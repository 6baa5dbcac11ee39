import torch
from torchvision.transforms.v2 import functional as TF

from ltlight.data.augment.crop_flip import crop, crop_flip, cropped
from ltlight.data.augment.presets import none


def test_crops_against_torchvision(digit_sets):
    images = torch.from_numpy(digit_sets[0].images[:32])
    generator = torch.Generator().manual_seed(0)
    down, right = torch.randint(0, 9, (2, 32), generator=generator)
    flip = torch.rand(32, generator=generator) < 0.5
    ours = crop(images, 4, down, right, flip)
    for i, image in enumerate(images):
        wanted = TF.crop(TF.pad(image, [4]), int(down[i]), int(right[i]), 32, 32)
        wanted = TF.horizontal_flip(wanted) if flip[i] else wanted
        assert torch.equal(ours[i], wanted)


def test_every_place_is_drawn_equally_often_and_half_are_flipped():
    """A picture whose pixels tell where they were."""
    size = 32
    place = torch.arange(1, size + 1, dtype=torch.uint8).expand(8000, 3, size, size)
    out = cropped(place, torch.Generator().manual_seed(1))
    mirrored = out[:, 0, 16, 8] > out[:, 0, 16, 24]
    assert abs(mirrored.float().mean() - 0.5) < 0.025
    unmirrored = cropped(place, torch.Generator().manual_seed(1), mirror=False)
    shift = unmirrored[:, 0, 16, 16].long() - 17
    shares = torch.bincount(shift + 4, minlength=9) / 8000
    assert len(shares) == 9
    assert (shares - 1 / 9).abs().max() < 0.02


def test_the_preset_is_the_crops_normalised(digit_sets):
    images = torch.from_numpy(digit_sets[0].images[:32])
    for mirror in (True, False):
        crops = cropped(images, torch.Generator().manual_seed(2), mirror)
        assert crops.dtype == torch.uint8
        found = crop_flip(images, torch.Generator().manual_seed(2), mirror)
        assert torch.equal(found, none(crops))
