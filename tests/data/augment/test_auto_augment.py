"""The policy against torchvision's AutoAugment, image by image, by the same draws."""

import math
from dataclasses import fields

import pytest
import torch
from scipy import stats
from torchvision.transforms import AutoAugment, AutoAugmentPolicy, InterpolationMode
from torchvision.transforms.autoaugment import _apply_op

from ltlight.data.augment import auto_augment as aa
from ltlight.data.augment.crop_flip import crop, cropped

POLICIES = AutoAugment(AutoAugmentPolicy.CIFAR10).policies
TABLE = aa.sub_policies(32, torch.device("cpu"))
GEOMETRIC = ("ShearY", "TranslateX", "TranslateY", "Rotate")
# Every operation at every magnitude the policy names, with both signs where it has one.
USED = sorted(
    {
        (TABLE.names[kind], sign * magnitude)
        for kind, magnitude, signed in zip(
            TABLE.kind.flatten().tolist(),
            TABLE.magnitude.flatten().tolist(),
            TABLE.signed.flatten().tolist(),
            strict=True,
        )
        for sign in ((1, -1) if signed and magnitude > 0 else (1,))
    }
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_table_is_that_of_the_paper():
    """Torchvision's methods are private: what they gave when this was written, by hand."""
    assert len(POLICIES) == 25
    assert POLICIES[0] == (("Invert", 0.1, None), ("Contrast", 0.2, 6))
    assert POLICIES[24] == (("TranslateY", 0.7, 9), ("AutoContrast", 0.9, None))
    assert TABLE.kind.shape == TABLE.signed.shape == (25, 2)
    for row, pair in enumerate(POLICIES):
        for place, (name, probability, _) in enumerate(pair):
            assert TABLE.names[TABLE.kind[row, place]] == name
            assert TABLE.probability[row, place].item() == pytest.approx(probability)
    wanted = {  # row, place: magnitude; levels count 0…9
        (1, 0): 30 * 2 / 9,  # degrees
        (1, 1): 150 / 331 * 32,  # pixels
        (3, 0): 0.3 * 8 / 9,
        (5, 1): 8 - round(7 / (9 / 4)),  # bits
        (9, 0): 0.9 * 7 / 9,
        (18, 1): 255 * (1 - 8 / 9),
        (4, 0): 0,
    }
    for place, magnitude in wanted.items():
        assert TABLE.magnitude[place].item() == pytest.approx(magnitude)
    signed = {TABLE.names[kind] for kind in TABLE.kind[TABLE.signed].tolist()}
    assert signed == {*GEOMETRIC, "Brightness", "Color", "Contrast", "Sharpness"}
    assert set(TABLE.names) == set(aa.OPERATIONS) - {"ShearX"}


def test_translations_follow_the_side():
    larger = aa.sub_policies(64, torch.device("cpu"))
    moved = torch.tensor([[n.startswith("Translate") for n, _, _ in pair] for pair in POLICIES])
    torch.testing.assert_close(larger.magnitude[moved], 2 * TABLE.magnitude[moved])
    assert torch.equal(larger.magnitude[~moved], TABLE.magnitude[~moved])


@pytest.mark.parametrize(("name", "magnitude"), USED)
def test_every_operation_of_the_policy(images, name, magnitude):
    """To one grey level; moved, equal but for pixels whose source lies at a border of two."""
    out = aa.OPERATIONS[name](images.float(), torch.full((len(images),), magnitude))
    wanted = torch.stack(
        [_apply_op(i, name, magnitude, InterpolationMode.NEAREST, None) for i in images]
    )
    if name in GEOMETRIC:
        assert (out != wanted).any(1).float().mean() < 0.005
    else:
        assert (out - wanted).abs().max() <= 1.01
    changes = not (name == "Color" and magnitude == 0)
    assert bool((out != images).any()) == changes


def test_given_draws_all_is_as_torchvision_does_it(images, monkeypatch):
    """Whole levels, in the end and between the two: where rounding meets one, it is the next.

    Such a level is blended by up to 1.9 then, or stretched. Of the pixels at most 1 in 200 may
    differ at all, and 1 in 1000 by more than one level.
    """
    many = images.repeat(50, 1, 1, 1)
    draws = aa.draw(len(many), 25, generator(5))
    out = aa.apply(many, draws, TABLE)
    theirs, wanted = AutoAugment(AutoAugmentPolicy.CIFAR10), []
    for number, image in enumerate(many):
        drawn = (
            int(draws.policy[number]),
            draws.chance[:, number],
            (~draws.negative[:, number]).long(),
        )
        monkeypatch.setattr(theirs, "get_params", lambda _, drawn=drawn: drawn)
        wanted.append(theirs(image))
    difference = (out - torch.stack(wanted)).abs()
    assert torch.equal(out, out.floor())
    assert (difference > 0).float().mean() < 1 / 200
    assert (difference > 1).float().mean() < 1 / 1000
    assert (out != many).flatten(1).any(1).float().mean() > 0.7  # most were changed


def test_off_the_cpu_no_shape_depends_on_the_draws(images):
    """On a GPU that would be a wait at every operation; a meta tensor has no values to ask for."""
    meta = torch.device("meta")
    draws = aa.draw(len(images), 25, generator())
    moved = aa.Draws(*(getattr(draws, f.name).to(meta) for f in fields(draws)))
    found = aa.apply(images.to(meta), moved, aa.sub_policies(32, meta))
    assert (found.shape, found.dtype) == (images.shape, torch.float32)


def test_draws_have_their_shares():
    """Of 100,000: sub-policies by chi-squared; shares to 0.04, 5 deviations of 4000 draws."""
    draws = aa.draw(100_000, 25, generator(1))
    counts = draws.policy.bincount(minlength=25)
    assert stats.chisquare(counts.numpy()).pvalue > 1e-3
    for place in range(2):
        acts, kind, magnitude = aa.at_place(draws, TABLE, place)
        for row, pair in enumerate(POLICIES):
            name, probability, _ = pair[place]
            rows = draws.policy == row
            assert (kind[rows] == TABLE.names.index(name)).all()
            assert acts[rows].float().mean().item() == pytest.approx(probability, abs=0.04)
            if TABLE.signed[row, place] and TABLE.magnitude[row, place] > 0:
                negative = (magnitude[rows] < 0).float().mean().item()
                assert negative == pytest.approx(0.5, abs=0.04)
            else:
                assert (magnitude[rows] >= 0).all()
    first, second = draws.chance.double()
    assert abs(torch.corrcoef(torch.stack([first, second]))[0, 1]) < 5 / math.sqrt(100_000)


def test_it_comes_after_crop_and_flip_and_is_normalised(images):
    for mirror in (True, False):
        drawing = generator(4)
        moved = cropped(images, drawing, mirror)
        wanted = aa.apply(moved, aa.draw(len(images), 25, drawing), TABLE) / 127.5 - 1
        found = aa.auto_augment(images, generator(4), mirror)
        torch.testing.assert_close(found, wanted, rtol=0, atol=2e-7)


@pytest.mark.parametrize(("mirror", "wanted"), [(False, 0.0), (True, 0.5)])
def test_without_mirror_nothing_is_flipped(images, monkeypatch, mirror, wanted):
    """Of images that no operation touches, each is a window of the padded original, or mirrored."""
    monkeypatch.setattr(aa, "apply", lambda moved, draws, table: moved.float())
    many = images[:1].repeat(400, 1, 1, 1)
    out = aa.auto_augment(many, generator(2), mirror).add(1).mul(127.5).round()
    places = torch.cartesian_prod(torch.arange(9), torch.arange(9))
    windows = [
        crop(images[:1].repeat(81, 1, 1, 1), 4, *places.T, torch.full((81,), flip)).flatten(1)
        for flip in (False, True)
    ]
    plain, flipped = (
        (out.flatten(1)[:, None] == window).all(2).any(1).float().mean().item()
        for window in windows
    )
    assert plain + flipped == pytest.approx(1)
    assert flipped == pytest.approx(wanted, abs=0.1 if mirror else 0)
