import torch

from ltlight.data.augment import trivial
from ltlight.data.augment.crop_flip import cropped


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
