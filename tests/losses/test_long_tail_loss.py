import copy

import numpy as np
import pytest
import torch
from torch import nn

from ltlight.data.augment.mixing import MixedLabels
from ltlight.errors import UserError
from ltlight.losses.class_stats import class_margins, class_prior, class_smoothing, class_weights
from ltlight.losses.long_tail_loss import (
    KINDS,
    LongTailLoss,
    balanced_softmax,
    cross_entropy,
    focal,
    label_aware_smoothing,
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
}
every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
every_kind = pytest.mark.parametrize("kind", KINDS)


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


@every_loss
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


@every_loss
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


# The module.

ARGUMENTS = {"focal_gamma": 2.0, "tau": 1.5}


@every_kind
def test_module_is_the_mean_of_the_function(batch, kind):
    expected = LOSSES[kind](*batch).mean()
    torch.testing.assert_close(LongTailLoss(kind, COUNTS, **ARGUMENTS)(*batch), expected)


def test_plain_gradients_are_torchs_to_the_bit(batch):
    # So that the baseline is what it was with torch's own function.
    logits, labels = batch[0][:13].float().requires_grad_(), batch[1][:13]
    (found,) = torch.autograd.grad(LongTailLoss("cross_entropy", COUNTS)(logits, labels), logits)
    (expected,) = torch.autograd.grad(nn.CrossEntropyLoss()(logits, labels), logits)
    assert torch.equal(found, expected)


@pytest.mark.parametrize("weights", ["inverse_frequency", "effective_number"])
def test_weighted_mean_is_torchs(batch, weights):
    torchs = nn.CrossEntropyLoss(weight=class_weights(weights, COUNTS).double())
    found = LongTailLoss("cross_entropy", COUNTS, weights=weights)(*batch)
    torch.testing.assert_close(found, torchs(*batch), rtol=1e-6, atol=0)
    assert not torch.isclose(found, nn.CrossEntropyLoss()(*batch), rtol=1e-2)


@every_kind
def test_weights_multiply_every_loss(batch, kind):
    weights = class_weights("effective_number", COUNTS)[batch[1]].double()
    expected = (weights * LOSSES[kind](*batch)).sum() / weights.sum()
    found = LongTailLoss(kind, COUNTS, weights="effective_number", **ARGUMENTS)(*batch)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)


@every_kind
def test_uniform_counts_make_weights_idle(batch, kind):
    plain, weighted = (
        LongTailLoss(kind, [40] * 5, weights=w)(*batch) for w in ("none", "effective_number")
    )
    torch.testing.assert_close(weighted, plain, rtol=1e-6, atol=0)


def test_deferred_weights_act_from_their_epoch_on(batch):
    deferred = LongTailLoss("ldam", COUNTS, weights="effective_number", weights_from=8)
    plain = LongTailLoss("ldam", COUNTS)(*batch)
    weighted = LongTailLoss("ldam", COUNTS, weights="effective_number")(*batch)
    assert not torch.isclose(plain, weighted, rtol=1e-3)
    assert deferred(*batch) == plain  # before any epoch is named
    for epoch, expected in [(0, plain), (7, plain), (8, weighted), (9, weighted), (3, plain)]:
        deferred.set_epoch(epoch)
        assert deferred(*batch) == expected


@every_kind
@pytest.mark.parametrize("weights", ["none", "inverse_frequency"])
def test_mixed_labels_share_the_loss(batch, kind, weights):
    logits, first = batch
    second, share = first.flip(0), torch.linspace(0, 1, 16).double()
    w = class_weights(weights, COUNTS).double()
    numerator = (
        share * w[first] * LOSSES[kind](logits, first)
        + (1 - share) * w[second] * LOSSES[kind](logits, second)
    ).sum()
    expected = numerator / (share * w[first] + (1 - share) * w[second]).sum()
    found = LongTailLoss(kind, COUNTS, weights=weights, **ARGUMENTS)(
        logits, MixedLabels(first, second, share)
    )
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)


@every_kind
@pytest.mark.parametrize("weights", ["none", "effective_number"])
def test_labels_that_are_not_mixed(batch, kind, weights):
    logits, labels = batch[0].float(), batch[1]
    other, loss = labels.roll(1), LongTailLoss(kind, COUNTS, weights=weights)
    plain = loss(logits, labels)
    for mixed in (
        MixedLabels(labels, other, torch.ones(16)),
        MixedLabels(other, labels, torch.zeros(16)),
        MixedLabels(labels, labels, torch.linspace(0, 1, 16)),
    ):
        torch.testing.assert_close(loss(logits, mixed), plain)


def test_mixed_cross_entropy_is_that_of_soft_labels(batch):
    logits, first = batch
    second, share = first.roll(3), torch.linspace(0, 1, 16).double()
    soft = share[:, None] * nn.functional.one_hot(first, 5)
    soft = soft + (1 - share)[:, None] * nn.functional.one_hot(second, 5)
    found = LongTailLoss("cross_entropy", COUNTS)(logits, MixedLabels(first, second, share))
    torch.testing.assert_close(found, nn.functional.cross_entropy(logits, soft))


@every_kind
def test_checkpoints_hold_nothing_of_the_loss(kind):
    loss = LongTailLoss(kind, COUNTS, weights="effective_number")
    assert not loss.state_dict()
    assert not list(loss.parameters())


@every_kind
def test_copies_and_moves_with_the_network(batch, kind):
    loss = LongTailLoss(kind, COUNTS, weights="effective_number")
    moved = copy.deepcopy(loss).to("meta")
    logits, labels = (t.to("meta") for t in batch)
    assert moved(logits, labels).device.type == "meta"
    assert loss(*batch).device.type == "cpu"


def test_counts_of_numpy(batch):
    found = LongTailLoss("balanced_softmax", np.array(COUNTS))(*batch)
    assert found == LongTailLoss("balanced_softmax", COUNTS)(*batch)


def test_unknown_loss_is_refused():
    with pytest.raises(UserError, match=r"method\.loss=hinge must be one of cross_entropy, focal"):
        LongTailLoss("hinge", COUNTS)


@pytest.mark.parametrize(
    ("kind", "weights"),
    [(k, "none") for k in KINDS[2:]] + [("focal", "inverse_frequency")],
)
def test_classes_without_images_are_refused_where_they_matter(kind, weights):
    with pytest.raises(UserError, match=rf"class 1, 3 has no training images.*method.loss={kind}"):
        LongTailLoss(kind, [5, 0, 2, 0], weights=weights)


@pytest.mark.parametrize("kind", ["cross_entropy", "focal"])
def test_classes_without_images_are_nothing_to_the_others(kind):
    loss = LongTailLoss(kind, [5, 0, 2, 0])(torch.zeros(2, 4), torch.tensor([0, 2]))
    assert torch.isfinite(loss)
