"""The mean of a batch: weights, deferred weights and mixed labels around any loss of a sample."""

import copy
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from ltlight.config import choices
from ltlight.data.augment.mixing import MixedLabels
from ltlight.losses import functional
from ltlight.losses.class_stats import (
    class_margins,
    class_prior,
    class_smoothing,
    effective_number,
    inverse_frequency,
)
from ltlight.losses.long_tail_loss import LongTailLoss
from ltlight.training.build_model import loss_of_name

COUNTS = [500, 120, 30, 7, 2]
WEIGHTS = {
    "none": torch.ones(5),
    "inverse_frequency": inverse_frequency(COUNTS),
    "effective_number": effective_number(COUNTS),
}
FUNCTIONS = {
    "cross_entropy": functional.cross_entropy,
    "focal": lambda z, y: functional.focal(z, y, 2.0),
    "ldam": lambda z, y: functional.ldam(z, y, class_margins(COUNTS)),
    "balanced_softmax": lambda z, y: functional.balanced_softmax(z, y, torch.tensor(COUNTS)),
    "logit_adjusted": lambda z, y: functional.logit_adjusted(z, y, class_prior(COUNTS), 1.5),
    "label_aware_smoothing": lambda z, y: functional.label_aware_smoothing(
        z, y, class_smoothing(COUNTS)
    ),
    "dbm_bs": lambda z, y: functional.dbm_balanced_softmax(z, y, torch.tensor(COUNTS), 0.2, 1.5),
}
every_kind = pytest.mark.parametrize("kind", choices.LOSSES)


def made(kind: str, counts: Sequence[int] = COUNTS, **more) -> LongTailLoss:
    return loss_of_name(kind, counts, gamma=2.0, tau=1.5, margin=0.2, margin_tau=1.5, **more)


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    return torch.from_numpy(3 * rng.normal(size=(16, 5))), torch.from_numpy(rng.integers(0, 5, 16))


@every_kind
def test_module_is_the_mean_of_the_function(batch, kind):
    expected = FUNCTIONS[kind](*batch).mean()
    torch.testing.assert_close(made(kind)(*batch), expected)


def test_plain_gradients_are_torchs_to_the_bit(batch):
    # So that the baseline is what it was with torch's own function.
    logits, labels = batch[0][:13].float().requires_grad_(), batch[1][:13]
    (found,) = torch.autograd.grad(made("cross_entropy")(logits, labels), logits)
    (expected,) = torch.autograd.grad(nn.CrossEntropyLoss()(logits, labels), logits)
    assert torch.equal(found, expected)


@pytest.mark.parametrize("weights", ["inverse_frequency", "effective_number"])
def test_weighted_mean_is_torchs(batch, weights):
    torchs = nn.CrossEntropyLoss(weight=WEIGHTS[weights].double())
    found = made("cross_entropy", class_weights=weights)(*batch)
    torch.testing.assert_close(found, torchs(*batch), rtol=1e-6, atol=0)
    assert not torch.isclose(found, nn.CrossEntropyLoss()(*batch), rtol=1e-2)


@every_kind
def test_weights_multiply_every_loss(batch, kind):
    weights = WEIGHTS["effective_number"][batch[1]].double()
    expected = (weights * FUNCTIONS[kind](*batch)).sum() / weights.sum()
    found = made(kind, class_weights="effective_number")(*batch)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)


@every_kind
def test_uniform_counts_make_weights_idle(batch, kind):
    plain, weighted = (
        made(kind, [40] * 5, class_weights=w)(*batch) for w in ("none", "effective_number")
    )
    torch.testing.assert_close(weighted, plain, rtol=1e-6, atol=0)


def test_deferred_weights_act_from_their_epoch_on(batch):
    deferred = made("ldam", class_weights="effective_number", weights_from=8)
    plain = made("ldam")(*batch)
    weighted = made("ldam", class_weights="effective_number")(*batch)
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
    w = WEIGHTS[weights].double()
    numerator = (
        share * w[first] * FUNCTIONS[kind](logits, first)
        + (1 - share) * w[second] * FUNCTIONS[kind](logits, second)
    ).sum()
    expected = numerator / (share * w[first] + (1 - share) * w[second]).sum()
    found = made(kind, class_weights=weights)(logits, MixedLabels(first, second, share))
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)


@every_kind
@pytest.mark.parametrize("weights", ["inverse_frequency", "effective_number"])
def test_by_the_batch_weighted_losses_are_divided_by_their_number(batch, kind, weights):
    """Cui et al., eq. 8, of a batch: the mean of w_y l, whatever the weights add up to."""
    logits, first = batch
    losses = (WEIGHTS[weights][first].double() * FUNCTIONS[kind](logits, first)).numpy()
    loss = made(kind, class_weights=weights, weighted_mean="batch")
    assert loss(logits, first).item() == pytest.approx(losses.sum() / 16, rel=1e-6)
    second, share = first.flip(0), torch.linspace(0, 1, 16).double()
    others = (WEIGHTS[weights][second].double() * FUNCTIONS[kind](logits, second)).numpy()
    expected = (share.numpy() * losses + (1 - share.numpy()) * others).sum() / 16
    mixed = loss(logits, MixedLabels(first, second, share))
    assert mixed.item() == pytest.approx(expected, rel=1e-6)


def test_without_weights_both_means_are_the_same(batch):
    logits, labels = batch
    mixed = MixedLabels(labels, labels.flip(0), torch.linspace(0, 1, 16).double())
    for weights in ({}, {"class_weights": "effective_number", "weights_from": 3}):
        by_batch = made("focal", weighted_mean="batch", **weights)
        for given in (labels, mixed):
            assert by_batch(logits, given) == made("focal", **weights)(logits, given)


def test_only_by_the_batch_a_rare_class_gets_its_whole_share():
    """Of inverse-frequency weights: 1 / C each. 20,000 batches of 32; 5 standard errors."""
    counts, rng = [1000, 10], np.random.default_rng(0)
    labels = torch.from_numpy(rng.choice(2, (20_000, 32), p=np.array(counts) / 1010))

    def shares(weighted_mean: str) -> torch.Tensor:
        weights, logits = inverse_frequency(counts), torch.zeros(32, 2)
        loss = LongTailLoss(
            lambda z, y: y.float(),  # 1 for every image of the rare class
            {},
            class_weights=weights,
            weighted_mean=weighted_mean,
        )
        return torch.stack([loss(logits, y) for y in labels])

    by_batch, by_weights = shares("batch"), shares("weights")
    root_n = 20_000**0.5
    assert by_batch.mean().item() == pytest.approx(0.5, abs=5 * by_batch.std().item() / root_n)
    # With k of 32 rare it is 100 k / (100 k + 32 - k), k binomial.
    k = np.arange(33)
    expected = (stats.binom(32, 10 / 1010).pmf(k) * 100 * k / (100 * k + 32 - k)).sum()
    assert expected < 0.25
    tolerance = 5 * by_weights.std().item() / root_n
    assert by_weights.mean().item() == pytest.approx(expected, abs=tolerance)


def test_smoothing_is_an_option_of_its_statistic(batch):
    found = made("label_aware_smoothing", smoothing_head=0.4, smoothing_tail=0.1)(*batch)
    smoothing = class_smoothing(COUNTS, 0.4, 0.1)
    expected = functional.label_aware_smoothing(*batch, smoothing).mean()
    assert found == expected
    assert found != made("label_aware_smoothing")(*batch)


@pytest.mark.parametrize("weights", [None, [0.2, 0.5, 1.0, 1.3, 2.0]])
def test_regmixup_adds_the_mean_of_the_batch_and_that_of_its_mixup(batch, weights):
    """CE(x, y) + CE(mixed x, mixed y) by NumPy, with class weights the weighted mean of each."""
    w = np.ones(5) if weights is None else np.array(weights)
    rng = np.random.default_rng(1)
    logits = np.concatenate([batch[0].numpy(), 2 * rng.normal(size=(16, 5))])
    first = batch[1].numpy()
    second, share = np.roll(first, 5), rng.beta(10, 10, 16)
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    plain, mixed, rows = -log_p[:16], -log_p[16:], np.arange(16)
    expected = (w[first] * plain[rows, first]).sum() / w[first].sum()
    expected += (
        share * w[first] * mixed[rows, first] + (1 - share) * w[second] * mixed[rows, second]
    ).sum() / (share * w[first] + (1 - share) * w[second]).sum()
    labels = MixedLabels(
        torch.from_numpy(np.tile(first, 2)),
        torch.from_numpy(np.concatenate([first, second])),
        torch.from_numpy(np.concatenate([np.ones(16), share])),
        parts=2,
    )
    given = None if weights is None else torch.tensor(weights).double()
    loss = LongTailLoss(functional.cross_entropy, {}, class_weights=given)
    assert loss(torch.from_numpy(logits), labels).item() == pytest.approx(expected, rel=1e-6)


@every_kind
@pytest.mark.parametrize("weights", ["none", "effective_number"])
def test_parts_are_added_as_the_losses_of_each_alone(batch, kind, weights):
    logits, first = batch
    labels = MixedLabels(first, first.roll(1), torch.linspace(0, 1, 16).double(), parts=2)
    loss = made(kind, class_weights=weights)
    wanted = sum(
        loss(logits[rows], MixedLabels(first[rows], labels.second[rows], labels.weight[rows]))
        for rows in (slice(8), slice(8, 16))
    )
    assert loss(logits, labels) == wanted


@every_kind
@pytest.mark.parametrize("weights", ["none", "effective_number"])
def test_labels_that_are_not_mixed(batch, kind, weights):
    logits, labels = batch[0].float(), batch[1]
    other, loss = labels.roll(1), made(kind, class_weights=weights)
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
    found = made("cross_entropy")(logits, MixedLabels(first, second, share))
    torch.testing.assert_close(found, nn.functional.cross_entropy(logits, soft))


@every_kind
def test_checkpoints_hold_nothing_of_the_loss(kind):
    loss = made(kind, class_weights="effective_number")
    assert not loss.state_dict()
    assert not list(loss.parameters())


@every_kind
def test_copies_and_moves_with_the_network(batch, kind):
    loss = made(kind, class_weights="effective_number")
    moved = copy.deepcopy(loss).to("meta")
    logits, labels = (t.to("meta") for t in batch)
    assert moved(logits, labels).device.type == "meta"
    assert loss(*batch).device.type == "cpu"


def test_counts_of_numpy(batch):
    found = made("balanced_softmax", np.array(COUNTS))(*batch)
    assert found == made("balanced_softmax")(*batch)


@pytest.mark.parametrize("kind", ["cross_entropy", "focal"])
def test_classes_without_images_are_nothing_to_the_others(kind):
    loss = loss_of_name(kind, [5, 0, 2, 0], gamma=1.0)(torch.zeros(2, 4), torch.tensor([0, 2]))
    assert torch.isfinite(loss)
