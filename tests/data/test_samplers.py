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


def test_square_root_sampling():
    sampler = SquareRootSampler(*SET)
    wanted = np.sqrt(COUNTS) / np.sqrt(COUNTS).sum()
    np.testing.assert_allclose(shares(sampler), wanted, atol=0.015)  # 20,000 draws: 4 deviations


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
