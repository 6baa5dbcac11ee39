import numpy as np
import pytest

from ltlight.inspect.resolution import smallest_difference

COUNTS = np.array([400, 100, 0, 50])


def test_a_difference_of_that_size_is_found_four_times_of_five():
    """Simulated: a paired z test of balanced accuracy; 3,000 pairs of methods, four errors."""
    wanted, disagreement, times = smallest_difference(COUNTS), 0.25, 3000
    generator = np.random.default_rng(0)
    gains, variances = [], []
    for count in COUNTS[COUNTS > 0]:
        # Of an image the difference is +1, -1 or 0, with the wanted mean.
        better, worse = (disagreement + wanted) / 2, (disagreement - wanted) / 2
        counts = generator.multinomial(count, [better, worse, 1 - disagreement], times)
        mean = (counts[:, 0] - counts[:, 1]) / count
        gains.append(mean)
        variances.append(((counts[:, 0] + counts[:, 1]) / count - mean**2) / count)
    z = np.mean(gains, axis=0) / (np.sqrt(np.sum(variances, axis=0)) / 3)
    assert (z > 1.96).mean() == pytest.approx(0.8, abs=0.03)


def test_four_times_the_images_tell_half_the_difference():
    assert smallest_difference(4 * COUNTS) == pytest.approx(smallest_difference(COUNTS) / 2)
