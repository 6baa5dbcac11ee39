import numpy as np
import pytest
import torch
from torch.utils.data import WeightedRandomSampler

from ltlight.data.augment.fig7 import fig7
from ltlight.data.augment.mixing import CMO, MixedLabels, Mixup
from ltlight.data.augment.presets import none
from ltlight.data.loader import TensorLoader, taken
from ltlight.data.longtail import class_counts, inverse_frequency_weights
from ltlight.data.samplers import InverseFrequencySampler, Sampler, ShuffleSampler

COUNTS = np.array(class_counts(10, 500, 0.005))
LABELS = np.repeat(np.arange(10), COUNTS)
WEIGHTS = torch.from_numpy(inverse_frequency_weights(COUNTS)[LABELS])


def shuffle(n: int, seed: int = 0, epoch: int = 0) -> ShuffleSampler:
    """Of ``n`` images of one class."""
    return ShuffleSampler(np.zeros(n, int), np.array([n]), seed, epoch=epoch)


def loader(sampler: Sampler) -> TensorLoader:
    n = sampler.num_images
    images = torch.arange(n, dtype=torch.uint8)[:, None, None, None].expand(n, 3, 4, 4)
    return TensorLoader(images, torch.arange(n), sampler, 32, none, torch.device("cpu"))


def test_shuffled_epoch_visits_every_sample_once():
    batches = list(loader(shuffle(100)))
    assert [len(labels) for _, labels in batches] == [32, 32, 32, 4]
    assert sorted(torch.cat([labels for _, labels in batches]).tolist()) == list(range(100))


def test_batches_hold_the_images_of_their_labels():
    for images, labels in loader(shuffle(100)):
        torch.testing.assert_close(images[:, 0, 0, 0], labels / 127.5 - 1)


def test_order_is_a_function_of_seed_and_epoch():
    def indices(seed: int, epoch: int) -> list[int]:
        sampler = shuffle(50, seed)
        sampler.set_epoch(epoch)
        return sampler.indices().tolist()

    assert indices(0, 3) == indices(0, 3)
    assert len({tuple(indices(seed, epoch)) for seed in (0, 1) for epoch in (0, 1, 2)}) == 6


def test_augmentation_is_a_function_of_seed_and_epoch(digit_sets):
    images, labels = (
        torch.from_numpy(a[:64]) for a in (digit_sets[0].images, digit_sets[0].labels)
    )

    def epoch(number: int) -> torch.Tensor:
        sampler = shuffle(64, 0, number)
        batches = TensorLoader(images, labels, sampler, 16, fig7, torch.device("cpu"))
        return torch.cat([x for x, _ in batches])

    assert torch.equal(epoch(1), epoch(1))
    assert not torch.equal(epoch(1), epoch(2))


def test_weighted_draws_balance_the_classes_as_torchs_sampler_does():
    n = 200_000
    ours = np.repeat(0, 0)
    sampler = InverseFrequencySampler(LABELS, COUNTS, 0)
    for epoch in range(n // len(LABELS)):
        sampler.set_epoch(epoch)
        ours = np.append(ours, LABELS[sampler.indices().numpy()])
    reference = WeightedRandomSampler(WEIGHTS, n, generator=torch.Generator().manual_seed(0))
    theirs = LABELS[np.array(list(reference))]
    # Each of 10 classes in 10 % of the draws; 5 standard errors over 199,000 draws are 0.0034.
    for drawn in (ours, theirs):
        shares = np.bincount(drawn, minlength=10) / len(drawn)
        np.testing.assert_allclose(shares, 0.1, atol=0.0034)


def test_prefetched_batches_are_the_same():
    batches = loader(shuffle(100))
    plain = list(batches)
    batches.prefetching = True
    for (x, y), (u, v) in zip(batches, plain, strict=True):
        assert torch.equal(x, u)
        assert torch.equal(y, v)


def pairs(batches: TensorLoader) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Labels of every batch and of what it is mixed with."""
    batches.mixing = lambda batch, other, generator: (batch[1], other[1])
    return list(batches)


def test_a_batch_is_mixed_with_itself_in_another_order():
    mixed = pairs(loader(shuffle(100)))
    assert all(torch.equal(a.sort()[0], b.sort()[0]) for a, b in mixed)
    assert not any(torch.equal(a, b) for a, b in mixed)


def test_epochs_that_are_not_mixed_are_those_of_a_loader_without_mixing(digit_sets):
    images, labels = (
        torch.from_numpy(a[:64]) for a in (digit_sets[0].images, digit_sets[0].labels)
    )

    def epoch(number: int, **more) -> list[tuple[torch.Tensor, torch.Tensor | MixedLabels]]:
        sampler = shuffle(64, 0, number)
        return list(TensorLoader(images, labels, sampler, 16, fig7, torch.device("cpu"), **more))

    mixing, partners = CMO(1.0, torch.ones(10).long()), shuffle(64, 5)
    for number in range(6):
        mixed = epoch(number, mixing=mixing, partners=partners, mixed_epochs=range(2, 4))
        inside = number in (2, 3)
        same = epoch(number, mixing=mixing, partners=partners) if inside else epoch(number)
        for (x, y), (u, v) in zip(mixed, same, strict=True):
            assert torch.equal(x, u)
            assert type(y) is (MixedLabels if inside else torch.Tensor)
            torch.testing.assert_close(y, v, rtol=0, atol=0)


def test_partners_are_drawn_by_their_own_sampler_of_the_same_epoch():
    batches, later = loader(shuffle(100)), shuffle(100, 9)
    batches.partners = shuffle(100, 9)
    batches.sampler.set_epoch(3)
    later.set_epoch(3)
    mixed = pairs(batches)
    assert torch.equal(torch.cat([b for _, b in mixed]), later.indices())
    assert torch.equal(torch.cat([a for a, _ in mixed]), batches.sampler.indices())


@pytest.mark.parametrize("prefetching", [False, True])
@pytest.mark.parametrize("kind", ["plain", "mixup", "partners"])
def test_an_epoch_goes_on_at_a_place_with_the_very_batches(kind, prefetching, digit_sets):
    images, labels = (
        torch.from_numpy(a[:100]) for a in (digit_sets[0].images, digit_sets[0].labels)
    )
    counts = torch.bincount(labels)
    mixing = {"plain": None, "mixup": Mixup(0.5, counts), "partners": CMO(1.0, counts)}[kind]

    def made() -> TensorLoader:
        batches = TensorLoader(
            images, labels, shuffle(100, 3, 2), 16, fig7, torch.device("cpu"), mixing=mixing
        )
        batches.prefetching = prefetching
        if kind == "partners":
            batches.partners = shuffle(100, 4)
        return batches

    whole = [images for images, _ in made()]
    cut = made()
    for number, _ in enumerate(cut, 1):
        if number == 3:
            break
    place = cut.place()
    assert (place["epoch"], place["batches"]) == (2, 3)
    resumed = made()
    resumed.start_at(place)
    rest = [images for images, _ in resumed]
    assert [torch.equal(a, b) for a, b in zip(whole[3:], rest, strict=True)] == [True] * 4
    assert len(list(resumed)) == 7  # once only
    resumed.start_at(place | {"epoch": 1})
    assert len(list(resumed)) == 7  # of another epoch


def test_images_are_taken_in_the_layout_that_they_have():
    at = torch.tensor([5, 0, 5])
    for images in (torch.rand(9, 3, 4, 4), torch.rand(9, 4, 4, 3).permute(0, 3, 1, 2)):
        found = taken(images, at)
        assert torch.equal(found, images[at])
        assert found.stride() == images.stride()
