"""The fitted temperature against one that is known, a grid, and PyTorch's L-BFGS."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from ltlight.metrics.calibration import log_loss, log_probabilities
from ltlight.metrics.temperature import HIGHEST, LOWEST, fit_temperature

GENERATOR = np.random.default_rng(1)


def drawn(true_temperature: float, num: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are right about their labels at a temperature."""
    logits = 3 * GENERATOR.normal(size=(num, 5))
    probability = np.exp(log_probabilities(logits, true_temperature))
    targets = (probability.cumsum(axis=1) > GENERATOR.random((num, 1))).argmax(axis=1)
    return logits, targets


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_the_temperature_that_drew_the_labels_is_found(true):
    assert fit_temperature(*drawn(true)) == pytest.approx(true, rel=0.1)


def test_it_has_the_smallest_log_loss_of_a_grid():
    logits, targets = drawn(2.0, 300)
    best = log_loss(log_probabilities(logits, fit_temperature(logits, targets)), targets)
    grid = [log_loss(log_probabilities(logits, t), targets) for t in np.linspace(0.2, 9, 400)]
    assert best <= min(grid) + 1e-9


def test_it_is_what_lbfgs_finds_as_in_the_authors_code():
    logits, targets = drawn(1.7, 500)
    parameter = torch.ones((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([parameter], lr=0.1, max_iter=200)

    def closure():
        optimizer.zero_grad()
        scaled = torch.from_numpy(logits) / parameter
        loss = cross_entropy(scaled, torch.from_numpy(targets))
        loss.backward()
        return loss

    optimizer.step(closure)
    assert fit_temperature(logits, targets) == pytest.approx(parameter.item(), rel=1e-3)


def test_images_that_are_all_recognised_end_at_the_bound_and_noise_at_the_other():
    targets = GENERATOR.integers(0, 5, 200)
    assert fit_temperature(np.eye(5)[targets], targets) == pytest.approx(LOWEST, rel=1e-2)
    wrong = 50 * np.eye(5)[(targets + 1) % 5]
    assert fit_temperature(wrong, targets) == pytest.approx(HIGHEST, rel=1e-2)


def test_nothing_to_fit_to_is_told():
    assert np.isnan(fit_temperature(np.zeros((0, 3)), np.zeros(0, int)))
    assert np.isnan(fit_temperature(np.full((2, 3), np.inf), np.zeros(2, int)))
