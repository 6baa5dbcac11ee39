"""Prior and temperature fitted on held-out images, against those that simulated logits hold."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp

from ltlight.deploy.held_out import fitted_to_held_out

COUNTS = np.array([400, 120, 37, 9])
# Inputs take 6 values; p(x | class) is all that a classifier can know of a class.
LIKELIHOOD = np.random.default_rng(0).dirichlet(np.ones(6), size=4).T  # [X, C]


def draw(
    taught: np.ndarray, held_out: np.ndarray, number: int, temperature: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Logits of a classifier that was taught a prior, too sure by T, and labels of held-out."""
    random = np.random.default_rng(1)
    targets = random.choice(4, size=number, p=held_out / held_out.sum())
    inputs = np.array([random.choice(6, p=LIKELIHOOD[:, y]) for y in targets])
    return temperature * np.log(LIKELIHOOD * taught)[inputs], targets


@pytest.mark.parametrize("held_out", [COUNTS, np.ones(4)], ids=["as long-tailed", "balanced"])
def test_an_unknown_prior_is_the_one_that_was_taught(held_out):
    taught = COUNTS**0.35 * np.array([1.0, 1.5, 0.7, 1.2])  # no power of n alone
    z, targets = draw(taught, held_out, 20000, temperature=1.8)
    fitted, temperature = fitted_to_held_out(z, targets, COUNTS)
    np.testing.assert_allclose(np.log(fitted), np.log(taught / taught.sum()), atol=0.2)
    assert temperature == pytest.approx(1.8, rel=0.1)


@pytest.mark.parametrize("held_out", [COUNTS, np.ones(4)], ids=["as long-tailed", "balanced"])
def test_of_a_known_prior_only_the_temperature_is_fitted(held_out):
    """Balanced softmax: the logits hold no prior, whatever the held-out images are like."""
    known = np.full(4, 0.25)
    z, targets = draw(np.ones(4), held_out, 20000, temperature=1.8)
    fitted, temperature = fitted_to_held_out(z, targets, COUNTS, known)
    np.testing.assert_array_equal(fitted, known)
    assert temperature == pytest.approx(1.8, rel=0.05)


def test_a_temperature_that_is_given_stays():
    z, targets = draw(COUNTS**0.5, COUNTS, 5000)
    assert fitted_to_held_out(3 * z, targets, COUNTS, temperature=1.0)[1] == 1.0


def test_a_class_without_held_out_images_follows_the_power_of_the_counts():
    z, targets = draw(COUNTS**0.5, COUNTS, 2000)
    z, targets = z[targets != 3], targets[targets != 3]
    fitted, _ = fitted_to_held_out(z, targets, COUNTS, temperature=1.0)
    expected = COUNTS**0.5 / (COUNTS**0.5).sum()
    np.testing.assert_allclose(np.log(fitted), np.log(expected), atol=0.7)


def test_a_class_without_training_images_has_no_prior():
    z, targets = draw(COUNTS**0.5, COUNTS, 500)
    assert fitted_to_held_out(z, targets, np.array([400, 120, 37, 0]))[0][3] == 0


def test_the_fit_maximises_what_its_docstring_says():
    """Against the same objective written out plainly, minimised without slopes."""
    z, targets = draw(COUNTS**0.5, COUNTS, 300, temperature=1.5)
    frequency, log_n = np.bincount(targets, minlength=4) / len(targets), np.log(COUNTS / 400)

    def loss(parameters: np.ndarray) -> float:
        biased = parameters[0] * z + np.log(frequency) - parameters[1] * log_n - parameters[2:]
        at_label = biased[np.arange(len(z)), targets]
        return (logsumexp(biased, axis=1) - at_label).sum() + (parameters[2:] ** 2).sum() / 2

    best = minimize(loss, [1, *np.zeros(5)], method="BFGS").x
    plain = np.exp(best[1] * log_n + best[2:])
    fitted, temperature = fitted_to_held_out(z, targets, COUNTS)
    np.testing.assert_allclose(fitted, plain / plain.sum(), rtol=5e-3)
    assert temperature == pytest.approx(1 / best[0], rel=5e-3)
