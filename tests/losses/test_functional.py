"""Every loss against the formula of its paper, read in NumPy float64, and at its limits."""

import numpy as np
import pytest
import torch
from torch import nn

from ltlight.config import choices
from ltlight.losses.class_stats import class_margins, class_prior, class_smoothing
from ltlight.losses.functional import (
    balanced_softmax,
    cross_entropy,
    dbm_balanced_softmax,
    focal,
    label_aware_smoothing,
    label_over_smoothing,
    ldam,
    logit_adjusted,
    posthoc_adjusted,
)
from ltlight.metrics.scores import logit_adjustment

COUNTS = [500, 120, 30, 7, 2]
N = torch.tensor(COUNTS)
PRIOR = class_prior(COUNTS)
MARGINS = class_margins(COUNTS)
SMOOTHING = class_smoothing(COUNTS)
LOSSES = {
    "cross_entropy": cross_entropy,
    "focal": lambda z, y: focal(z, y, 2.0),
    "focal with a steep start": lambda z, y: focal(z, y, 0.5),
    "ldam": lambda z, y: ldam(z, y, MARGINS),
    "balanced_softmax": lambda z, y: balanced_softmax(z, y, N),
    "logit_adjusted": lambda z, y: logit_adjusted(z, y, PRIOR, 1.5),
    "label_aware_smoothing": lambda z, y: label_aware_smoothing(z, y, SMOOTHING),
    "dbm_bs": lambda z, y: dbm_balanced_softmax(z, y, N, 0.2, 1.5),
    "label_over_smoothing": label_over_smoothing,
}
# An angle's logits end at its scale.
SIZED = {name: loss for name, loss in LOSSES.items() if name != "dbm_bs"}
of_any_size = pytest.mark.parametrize("loss", SIZED.values(), ids=SIZED.keys())
every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())


def test_every_loss_that_can_be_chosen_is_tested_here():
    assert set(choices.LOSSES) <= set(LOSSES)


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    return torch.from_numpy(3 * rng.normal(size=(16, 5))), torch.from_numpy(rng.integers(0, 5, 16))


def softmax(z):
    """Of one sample, NumPy float64, straight from the definition."""
    return np.exp(z) / np.exp(z).sum()


def read(formula, batch):
    """``formula`` of (logits, label) of each sample in turn."""
    logits, labels = batch
    return [formula(z, y) for z, y in zip(logits.numpy(), labels.tolist(), strict=True)]


# Each loss against the paper's formula.


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
def test_focal(batch, gamma):
    expected = read(lambda z, y: -((1 - softmax(z)[y]) ** gamma) * np.log(softmax(z)[y]), batch)
    assert focal(*batch, gamma).numpy() == pytest.approx(expected, rel=1e-9)


def test_label_over_smoothing_is_torchs(batch):
    spread = 0.98 / 5 + np.zeros(5)

    def formula(z, y):
        return -((spread + 0.02 * np.eye(5)[y]) * np.log(softmax(z))).sum()

    assert label_over_smoothing(*batch).numpy() == pytest.approx(read(formula, batch), rel=1e-9)


@pytest.mark.parametrize(("margin", "tau"), [(0.1, 1.0), (0.3, 0.5), (0.0, 1.0)])
def test_dbm_balanced_softmax(batch, margin, tau):
    """The angle grows by the class's margin, and by the image's where it is misclassified."""
    cosines, labels = torch.tanh(batch[0]), batch[1]

    def formula(cos, y):
        of_class = margin * (min(COUNTS) / COUNTS[y]) ** tau
        hard = cos.argmax() != y
        angle = np.arccos(cos[y]) + of_class + hard * of_class * (1 - cos[y]) / 2
        z = 32 * cos
        z[y] = 32 * np.cos(angle)
        return -np.log(softmax(z + np.log(COUNTS))[y])

    expected = read(lambda z, y: formula(z.copy(), y), (cosines, labels))
    found = dbm_balanced_softmax(32 * cosines, labels, N.double(), margin, tau)
    assert found.numpy() == pytest.approx(expected, rel=1e-9)


def test_dbm_has_a_slope_where_a_cosine_is_1():
    logits = torch.tensor([[32.0, -32.0, 0.0, 0.0, 0.0]], requires_grad=True)
    for label in (0, 1):
        loss = dbm_balanced_softmax(logits, torch.tensor([label]), N, 0.2, 1.0)
        (slope,) = torch.autograd.grad(loss.sum(), logits)
        assert torch.isfinite(slope).all()


def test_ldam(batch):
    cosines, labels = torch.tanh(batch[0]), batch[1]
    delta = 0.5 * (2 / np.array(COUNTS)) ** 0.25

    def formula(cos, y):
        true = np.exp(30 * (cos[y] - delta[y]))
        others = sum(np.exp(30 * cos[j]) for j in range(5) if j != y)
        return -np.log(true / (true + others))

    expected = read(formula, (cosines, labels))
    found = ldam(30 * cosines, labels, MARGINS)
    assert found.numpy() == pytest.approx(expected, rel=1e-6, abs=1e-9)
    other_scale = ldam(64 * cosines, labels, MARGINS, scale=64.0)
    assert not torch.allclose(other_scale, found)


def test_balanced_softmax(batch):
    n = np.array(COUNTS)
    expected = read(lambda z, y: -np.log(n[y] * np.exp(z[y]) / (n * np.exp(z)).sum()), batch)
    assert balanced_softmax(*batch, N).numpy() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("tau", [0.5, 1.0, 2.0])
def test_logit_adjusted(batch, tau):
    pi = np.array(COUNTS) / sum(COUNTS)

    def formula(z, y):
        # Menon et al., eq. 10, the form with pairwise margins.
        return np.log1p(
            sum((pi[j] / pi[y]) ** tau * np.exp(z[j] - z[y]) for j in range(5) if j != y)
        )

    found = logit_adjusted(*batch, PRIOR, tau).numpy()
    assert found == pytest.approx(read(formula, batch), rel=1e-6)


def test_label_aware_smoothing(batch):
    n = np.array(COUNTS)
    eps = 0.3 * np.sin(np.pi * (n - 2) / (2 * (500 - 2)))

    def formula(z, y):
        q = np.full(5, eps[y] / 4)
        q[y] = 1 - eps[y]
        return -(q * np.log(softmax(z))).sum()

    found = label_aware_smoothing(*batch, SMOOTHING).numpy()
    assert found == pytest.approx(read(formula, batch), rel=1e-6)


@pytest.mark.parametrize("tau", [0.0, 0.5, 1.0])
def test_posthoc_adjustment_is_the_reports(batch, tau):
    for counts in (COUNTS, [30, 10, 5, 3, 0]):
        expected = logit_adjustment(batch[0].numpy(), np.array(counts), tau)
        found = posthoc_adjusted(batch[0], class_prior(counts), tau)
        assert found.numpy() == pytest.approx(expected, abs=1e-5)


# Limits.

PLAIN = {
    "focal, gamma 0": lambda z, y: focal(z, y, 0.0),
    "ldam, margin 0": lambda z, y: ldam(z, y, torch.zeros(5)),
    "balanced softmax, uniform counts": lambda z, y: balanced_softmax(z, y, torch.full((5,), 9)),
    "logit-adjusted, uniform prior": lambda z, y: logit_adjusted(z, y, torch.full((5,), 0.2), 1.0),
    "logit-adjusted, tau 0": lambda z, y: logit_adjusted(z, y, PRIOR, 0.0),
    "smoothing 0": lambda z, y: label_aware_smoothing(z, y, torch.zeros(5)),
}


@pytest.mark.parametrize("loss", PLAIN.values(), ids=PLAIN.keys())
def test_limit_is_plain_cross_entropy(batch, loss):
    expected = nn.functional.cross_entropy(*batch, reduction="none")
    torch.testing.assert_close(loss(*batch), expected, atol=1e-9, rtol=1e-6)


def test_balanced_softmax_is_logit_adjustment_with_tau_1(batch):
    expected = logit_adjusted(*batch, PRIOR, 1.0)
    torch.testing.assert_close(balanced_softmax(*batch, N), expected, atol=1e-6, rtol=1e-6)


def test_smoothing_of_one_value_is_torchs():
    # torch spreads its epsilon over all C classes: eps (C - 1) / C of it leaves the label.
    logits, labels = torch.randn(8, 5), torch.arange(8) % 5
    expected = nn.functional.cross_entropy(logits, labels, reduction="none", label_smoothing=0.25)
    found = label_aware_smoothing(logits, labels, torch.full((5,), 0.25 * 4 / 5))
    torch.testing.assert_close(found, expected)


# Numbers.


@every_loss
def test_gradients(batch, loss):
    logits, labels = batch
    assert torch.autograd.gradcheck(lambda z: loss(z, labels), logits.requires_grad_())


@of_any_size
def test_large_logits(loss):
    logits = torch.tensor([[1e4, -1e4, 0, 0, 0], [1e4, -1e4, 0, 0, 0]], requires_grad=True)
    precise = logits.detach().double().requires_grad_()
    labels = torch.tensor([0, 1])
    losses, expected = loss(logits, labels), loss(precise, labels)
    losses.sum().backward()
    expected.sum().backward()
    assert losses[1] > 1e4
    torch.testing.assert_close(losses.double(), expected, rtol=1e-5, atol=1e-5)
    # No slope is above 1; focal's is a rounding of 1e-7 times a loss of 2e4.
    torch.testing.assert_close(logits.grad.double(), precise.grad, rtol=0, atol=5e-3)


@of_any_size
def test_all_logits_large_and_equal(loss):
    # As at 0, up to the rounding of 1e4 in float32, 1e-3.
    logits, labels = torch.full((5, 5), 1e4), torch.arange(5)
    torch.testing.assert_close(loss(logits, labels), loss(0 * logits, labels), atol=4e-3, rtol=0)


@every_loss
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_16_bit_logits_lose_nothing_more(batch, loss, dtype):
    logits, labels = batch[0].to(dtype), batch[1]
    assert loss(logits, labels).dtype == torch.float32
    torch.testing.assert_close(loss(logits, labels), loss(logits.float(), labels))
    logits.requires_grad_()
    loss(logits, labels).sum().backward()
    assert logits.grad.dtype == dtype
    assert torch.isfinite(logits.grad).all()


def test_tiny_prior():
    prior = torch.tensor([1.0, 1e-30])
    logits = torch.zeros(2, 2, requires_grad=True)
    losses = logit_adjusted(logits, torch.tensor([0, 1]), prior, 1.0)
    losses.sum().backward()
    assert losses.tolist() == pytest.approx([0, 30 * np.log(10)], rel=1e-5)
    assert logits.grad[1].tolist() == pytest.approx([1, -1])
    adjusted = posthoc_adjusted(torch.zeros(1, 2), prior, 1.0)
    assert adjusted[0].tolist() == pytest.approx([0, 30 * np.log(10)], rel=1e-5)
