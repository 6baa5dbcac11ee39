import numpy as np
import pytest
import torch

from ltlight.data.samplers import (
    ClassAwareSampler,
    DeferredSampler,
    InverseFrequencySampler,
    ProgressivelyBalancedSampler,
    Sampler,
    ShuffleSampler,
    SquareRootSampler,
)

COUNTS = np.array([4000, 800, 150, 50])
LABELS = np.repeat(np.arange(4), COUNTS)
N = len(LABELS)


SET = (LABELS, COUNTS, 0)  # with seed 0


def shares(sampler: Sampler, epochs: int = 4) -> np.ndarray:
    """Share of every class in what is drawn."""
    drawn = []
    for epoch in range(epochs):
        sampler.set_epoch(sampler.epoch + (epoch > 0))
        drawn.append(LABELS[sampler.indices()])
    return np.bincount(np.concatenate(drawn), minlength=4) / (epochs * len(sampler))


def progressive(epoch: int, **more) -> ProgressivelyBalancedSampler:
    return ProgressivelyBalancedSampler(*SET, epoch=epoch, epochs=10, **more)


@pytest.mark.parametrize("draws", [1, 7, N - 1, N, N + 1, 2 * N + 7])
def test_shuffling_goes_lap_after_lap(draws):
    """No image again before all others came, and every lap in an order of its own."""
    sampler = ShuffleSampler(*SET, draws=draws)
    indices = sampler.indices().numpy()
    assert len(indices) == len(sampler) == draws
    laps = [indices[start : start + N] for start in range(0, draws, N)]
    assert all(len(np.unique(lap)) == len(lap) for lap in laps)
    assert all((lap != laps[0][: len(lap)]).any() for lap in laps[1:])
    assert np.array_equal(laps[0], ShuffleSampler(*SET).indices()[:draws])


def test_square_root_sampling():
    sampler = SquareRootSampler(*SET)
    wanted = np.sqrt(COUNTS) / np.sqrt(COUNTS).sum()
    np.testing.assert_allclose(shares(sampler), wanted, atol=0.015)  # 20,000 draws: 4 deviations
    more = SquareRootSampler(*SET, draws=20_000)
    assert len(more) == len(more.indices()) == 20_000
    np.testing.assert_allclose(shares(more, epochs=1), wanted, atol=0.015)


@pytest.mark.parametrize("draws", [20_000, 20_001])
@pytest.mark.parametrize("kind", [InverseFrequencySampler, ClassAwareSampler])
def test_balanced_sampling_of_any_length(kind, draws):
    sampler = kind(*SET, draws=draws)
    assert len(sampler) == len(sampler.indices()) == draws
    tolerance = 1 / draws if kind is ClassAwareSampler else 0.013  # of chance, 4 deviations
    np.testing.assert_allclose(shares(sampler, epochs=1), 1 / 4, rtol=0, atol=tolerance)


@pytest.mark.parametrize("epoch", [0, 5, 9, 10, 25])
def test_progressively_balanced_by_the_formula(epoch):
    done = min(1, epoch / 10)
    wanted = (1 - done) * COUNTS / N + done / 4
    sampler = progressive(epoch)
    probability = sampler.weights().numpy()
    assert probability.sum() == pytest.approx(1)
    np.testing.assert_allclose(np.bincount(LABELS, probability), wanted, rtol=1e-9)
    drawn = np.bincount(LABELS[sampler.indices()], minlength=4) / N
    np.testing.assert_allclose(drawn, wanted, atol=0.03)  # 5,000 draws
    more = progressive(epoch, draws=3 * N)
    assert len(more) == len(more.indices()) == 3 * N
    np.testing.assert_allclose(shares(more, epochs=1), wanted, atol=0.017)


def test_class_aware_is_even_and_goes_through_every_image():
    sampler = ClassAwareSampler(*SET)
    indices = sampler.indices().numpy()
    assert len(indices) == N
    drawn = np.bincount(LABELS[indices], minlength=4)
    assert drawn.max() - drawn.min() <= 1
    for start in range(0, N - 4, 4):  # every lap of the classes holds each once
        assert sorted(LABELS[indices[start : start + 4]]) == [0, 1, 2, 3]
    times = np.bincount(indices, minlength=N)
    for c in range(4):  # no image comes again before all others of its class came
        assert times[c == LABELS].max() - times[c == LABELS].min() <= 1


def test_class_aware_with_a_class_that_has_no_images():
    labels = np.array([0, 0, 0, 3, 3])
    drawn = labels[ClassAwareSampler(labels, np.array([3, 0, 0, 2]), 0).indices()]
    assert sorted(np.bincount(drawn, minlength=4)) == [0, 0, 2, 3]


def test_deferred_sampling_is_shuffled_until_its_start():
    later = InverseFrequencySampler(*SET)
    sampler = DeferredSampler(*SET, first=ShuffleSampler(*SET), later=later, start=3)
    sampler.set_epoch(2)
    assert torch.equal(sampler.indices(), ShuffleSampler(*SET, epoch=2).indices())
    sampler.set_epoch(3)
    later.set_epoch(3)
    assert torch.equal(sampler.indices(), later.indices())


def test_deferred_sampling_of_another_number_of_draws():
    first = ShuffleSampler(*SET, draws=2 * N + 7)
    later = InverseFrequencySampler(*SET, draws=2 * N + 7)
    sampler = DeferredSampler(*SET, draws=2 * N + 7, first=first, later=later, start=3)
    for epoch in (2, 3):
        sampler.set_epoch(epoch)
        assert len(sampler.indices()) == len(sampler) == 2 * N + 7


@pytest.mark.parametrize(
    "make",
    [
        lambda **more: progressive(3, **more),
        lambda **more: ClassAwareSampler(*SET, epoch=3, **more),
    ],
    ids=["progressive", "class_aware"],
)
def test_a_function_of_epoch_and_stream(make):
    first = make().indices()
    assert torch.equal(first, make().indices())
    assert not torch.equal(first, make(stream=7).indices())
    other = make()
    other.set_epoch(4)
    assert not torch.equal(first, other.indices())
