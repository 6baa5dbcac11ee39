import numpy as np
import pytest
import torch
from torch.utils.data import WeightedRandomSampler

from ltlight.data.augment import fig7, presets
from ltlight.data.loader import TensorLoader
from ltlight.data.longtail import class_counts, inverse_frequency_weights
from ltlight.data.samplers import Order, Sequential, WeightedOrder

COUNTS = np.array(class_counts(10, 500, 0.005))
LABELS = np.repeat(np.arange(10), COUNTS)
WEIGHTS = torch.from_numpy(inverse_frequency_weights(COUNTS)[LABELS])


def loader(order: Order) -> TensorLoader:
    n = order.num_samples
    images = torch.arange(n, dtype=torch.uint8)[:, None, None, None].expand(n, 3, 4, 4)
    return TensorLoader(images, torch.arange(n), order, 32, fig7.none, torch.device("cpu"))


def test_shuffled_epoch_visits_every_sample_once():
    batches = list(loader(Order(100, seed=0)))
    assert [len(labels) for _, labels in batches] == [32, 32, 32, 4]
    assert sorted(torch.cat([labels for _, labels in batches]).tolist()) == list(range(100))


def test_batches_hold_the_images_of_their_labels():
    for images, labels in loader(Order(100, seed=0)):
        torch.testing.assert_close(images[:, 0, 0, 0], labels / 127.5 - 1)


def test_order_is_a_function_of_seed_and_epoch():
    def indices(seed: int, epoch: int) -> list[int]:
        order = Order(50, seed)
        order.set_epoch(epoch)
        return order.indices().tolist()

    assert indices(0, 3) == indices(0, 3)
    assert len({tuple(indices(seed, epoch)) for seed in (0, 1) for epoch in (0, 1, 2)}) == 6


def test_augmentation_is_a_function_of_seed_epoch_and_rank(digit_sets):
    images, labels = (
        torch.from_numpy(a[:64]) for a in (digit_sets[0].images, digit_sets[0].labels)
    )

    def epoch(number: int, rank: int = 0) -> torch.Tensor:
        order = Order(64, 0, rank, 2, number)
        batches = TensorLoader(
            images, labels, order, 16, presets.preset("report"), torch.device("cpu")
        )
        return torch.cat([x for x, _ in batches])

    assert torch.equal(epoch(1), epoch(1))
    assert not torch.equal(epoch(1), epoch(2))
    assert not torch.equal(epoch(1, rank=0), epoch(1, rank=1))


@pytest.mark.parametrize("world_size", [2, 3])
def test_ranks_share_a_shuffled_epoch(world_size):
    shares = [Order(100, 0, rank, world_size).indices() for rank in range(world_size)]
    assert {len(share) for share in shares} == {-(-100 // world_size)}
    assert set(torch.cat(shares).tolist()) == set(range(100))


def test_weighted_draws_balance_the_classes_as_torchs_sampler_does():
    n = 200_000
    ours = np.repeat(0, 0)
    order = WeightedOrder(len(LABELS), 0, weights=WEIGHTS)
    for epoch in range(n // len(LABELS)):
        order.set_epoch(epoch)
        ours = np.append(ours, LABELS[order.indices().numpy()])
    reference = WeightedRandomSampler(WEIGHTS, n, generator=torch.Generator().manual_seed(0))
    theirs = LABELS[np.array(list(reference))]
    # Each of 10 classes in 10 % of the draws; 5 standard errors over 199,000 draws are 0.0034.
    for drawn in (ours, theirs):
        shares = np.bincount(drawn, minlength=10) / len(drawn)
        np.testing.assert_allclose(shares, 0.1, atol=0.0034)


def test_ranks_draw_different_samples_from_the_same_distribution():
    first, second = (WeightedOrder(4000, 0, r, 2, weights=torch.ones(4000)) for r in (0, 1))
    assert len(first) == len(second) == 2000
    assert not torch.equal(first.indices(), second.indices())


def test_evaluation_shows_everything_to_every_rank():
    assert Sequential(7, 0, rank=1, world_size=2).indices().tolist() == list(range(7))
