import numpy as np
import pytest
import torch
from scipy import stats

from ltlight.data.augment.mixing import (
    CMO,
    CMO_SHARE,
    CutMix,
    MixedLabels,
    Mixup,
    RegMixup,
    Remix,
    draw_weights,
    mixup,
    paste,
    remixed,
)

SIZE = 16


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batches(n: int = 64):
    torch.manual_seed(0)
    return (
        (torch.rand(n, 3, SIZE, SIZE), torch.zeros(n, dtype=torch.long)),
        (-torch.rand(n, 3, SIZE, SIZE), torch.ones(n, dtype=torch.long)),
    )


@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0])
def test_weights_are_beta(alpha):
    drawn = draw_weights(4000, alpha, generator()).numpy()
    assert stats.kstest(drawn, stats.beta(alpha, alpha).cdf).pvalue > 1e-3


def test_mixup_against_numpy():
    (images, _), (partners, _) = batches()
    weight = draw_weights(len(images), 1.0, generator())
    wanted = [
        w * a + (1 - w) * b
        for w, a, b in zip(*map(np.asarray, (weight, images, partners)), strict=True)
    ]
    np.testing.assert_allclose(mixup(images, partners, weight), np.stack(wanted), atol=1e-6)


def test_cutmix_pastes_one_rectangle_and_weighs_what_it_kept():
    (images, _), (partners, _) = batches(500)
    weight = draw_weights(500, 1.0, generator(1))
    mixed, kept = paste(images, partners, weight, generator(2))
    everything = zip(images, partners, mixed, kept, weight, strict=True)
    for image, partner, result, share, drawn in everything:
        pasted = (result == partner).all(0).numpy()
        assert ((result == image).all(0).numpy() ^ pasted).all()
        assert share == pytest.approx(1 - pasted.mean())
        if pasted.any():
            rows, columns = np.flatnonzero(pasted.any(1)), np.flatnonzero(pasted.any(0))
            assert pasted[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
            side = 2 * int(SIZE * (1 - drawn.item()) ** 0.5 / 2)
            assert max(len(rows), len(columns)) <= side
    assert 0.5 < kept.mean() < 0.75  # 0.5 but for the clipping


@pytest.mark.parametrize(
    ("weight", "first", "second", "wanted"),
    [
        (0.4, 300, 100, 0.0),  # mostly the rare image: its label
        (0.6, 300, 100, 0.6),
        (0.6, 100, 300, 1.0),
        (0.4, 100, 300, 0.4),
        (0.4, 299, 100, 0.4),  # less than three times as many
    ],
)
def test_remix_equation_5(weight, first, second, wanted):
    counts = torch.tensor([first]), torch.tensor([second])
    assert remixed(torch.tensor([weight]), *counts).item() == pytest.approx(wanted)


@pytest.mark.parametrize("kind", [Mixup, RegMixup, CutMix, Remix, CMO])
def test_every_mixing_is_a_function_of_its_generator(kind):
    mixer = kind(1.0, torch.tensor([90, 10]))
    first, other = batches()
    images, labels = mixer(first, other, generator())
    again, same = mixer(first, other, generator())
    assert isinstance(labels, MixedLabels)
    assert torch.equal(images, again)
    assert torch.equal(labels.weight, same.weight)
    assert not torch.equal(images, mixer(first, other, generator(1))[0])
    assert labels.weight.min() >= 0
    assert labels.weight.max() <= 1


def test_cmo_leaves_half_of_the_images_alone():
    first, other = batches(2000)
    images, labels = CMO(1.0, torch.tensor([90, 10]))(first, other, generator())
    alone = (images == first[0]).flatten(1).all(1)
    assert labels.weight[alone].eq(1).all()
    # A patch of less than two pixels a side is none: drawn by 1 of 64 of the others.
    assert abs(alone.float().mean() - CMO_SHARE) < 0.05


@pytest.mark.parametrize(("kind", "mixed"), [(Mixup, 0.3), (CutMix, 0.3), (CMO, 0.15)])
def test_an_image_is_mixed_with_the_given_probability(kind, mixed):
    first, other = batches(2000)
    counts = torch.tensor([90, 10])
    images, labels = kind(1.0, counts, probability=0.3)(first, other, generator())
    alone = (images == first[0]).flatten(1).all(1)
    assert labels.weight[alone].eq(1).all()
    assert torch.equal(images[alone], first[0][alone])
    # 4 standard deviations, and of the patches one in 64 has less than two pixels a side.
    assert abs((~alone).float().mean() - mixed) < 0.04 + mixed / 64
    # The draws before the coin's are those of a batch that is mixed as a whole.
    weight = draw_weights(2000, 1.0, generator())
    if kind is Mixup:
        torch.testing.assert_close(labels.weight, torch.where(alone, 1.0, weight), rtol=0, atol=0)


@pytest.mark.parametrize("kind", [Mixup, CutMix])
def test_with_probability_1_no_coin_is_drawn(kind):
    first, other = batches()
    drawing, plain = generator(), generator()
    _, labels = kind(1.0, torch.tensor([90, 10]))(first, other, drawing)
    weight = draw_weights(64, 1.0, plain)
    expected = weight if kind is Mixup else paste(first[0], other[0], weight, plain)[1]
    assert torch.equal(labels.weight, expected)
    assert torch.equal(drawing.get_state(), plain.get_state())


def test_remix_keeps_the_label_of_an_image_that_is_not_mixed():
    (images, labels), other = batches(500)  # of the frequent class, with partners of the rare one
    mixer = Remix(1.0, torch.tensor([90, 10]), probability=0.5)
    mixed, found = mixer((images, labels), other, generator())
    alone = (mixed == images).flatten(1).all(1)
    assert 200 < alone.sum() < 300
    assert found.weight[alone].eq(1).all()


def test_regmixup_is_the_batch_and_then_its_mixup():
    (images, labels), other = batches()
    counts = torch.tensor([90, 10])
    both, found = RegMixup(10.0, counts)((images, labels), other, generator())
    mixed, wanted = Mixup(10.0, counts)((images, labels), other, generator())
    assert torch.equal(both, torch.cat([images, mixed]))
    assert found.parts == 2
    plain, halves = found.split()
    assert plain.weight.eq(1).all()
    assert torch.equal(plain.first, labels)
    assert torch.equal(plain.second, labels)
    for ours, theirs in zip(halves, wanted, strict=True):
        assert ours is theirs or torch.equal(ours, theirs)
    assert (plain.parts, halves.parts) == (1, 1)


def test_regmixup_with_a_probability_leaves_images_of_its_second_part_alone():
    first, other = batches(2000)
    both, labels = RegMixup(10.0, torch.tensor([90, 10]), probability=0.3)(
        first, other, generator()
    )
    alone = (both[2000:] == first[0]).flatten(1).all(1)
    assert (~alone).float().mean().item() == pytest.approx(0.3, abs=0.04)  # 4 deviations
    assert labels.split()[1].weight[alone].eq(1).all()


def test_remix_weighs_labels_by_the_classes_counts():
    (images, labels), (partners, partner_labels) = batches()
    batch, other = (images, labels), (partners, partner_labels)
    mixed, remixed_labels = Remix(1.0, torch.tensor([90, 10]))(batch, other, generator())
    same, mixed_labels = Mixup(1.0, torch.tensor([90, 10]))(batch, other, generator())
    assert torch.equal(mixed, same)
    wanted = torch.where(mixed_labels.weight < 0.5, 0.0, mixed_labels.weight)
    assert torch.equal(remixed_labels.weight, wanted)  # the partners are the rarer class
