import numpy as np
import pytest

from ltlight.inspect.imbalance import expected_draws, gini, imbalance_ratio, share_seen

COUNTS = np.array([50, 0, 10, 2])


def test_the_ratio_is_of_classes_with_images():
    assert imbalance_ratio(COUNTS) == pytest.approx(2 / 50)


def test_gini_is_half_the_mean_difference_over_the_mean():
    differences = np.abs(COUNTS[:, None] - COUNTS[None])
    assert gini(COUNTS) == pytest.approx(differences.mean() / 2 / COUNTS.mean())
    assert gini(np.array([7, 7, 7])) == pytest.approx(0)
    assert gini(np.array([9, 0, 0, 0])) == pytest.approx(3 / 4)


def test_draws_are_those_of_the_weighted_sampler():
    """Simulated: 2,000 epochs of weighted draws; three standard errors."""
    labels = np.repeat(np.arange(4), COUNTS)
    weights = 1 / COUNTS[labels]
    weights /= weights.sum()
    generator, epochs, draws = np.random.default_rng(0), 2000, 62
    drawn = generator.choice(len(labels), (epochs, draws), p=weights)
    by_class = np.stack([(labels[drawn] == c).sum(1) for c in range(4)])
    errors = by_class.std(1) / np.sqrt(epochs)
    assert (np.abs(by_class.mean(1) - expected_draws(COUNTS, draws)) <= 3 * errors + 1e-9).all()
    seen = np.zeros((epochs, len(labels)), bool)
    np.put_along_axis(seen, drawn, True, axis=1)
    none = np.zeros(epochs)
    shares = np.stack([seen[:, labels == c].mean(1) if c != 1 else none for c in range(4)])
    errors = shares.std(1) / np.sqrt(epochs)
    assert (np.abs(shares.mean(1) - share_seen(COUNTS, draws)) <= 3 * errors + 1e-4).all()
