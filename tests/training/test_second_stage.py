from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

from ltlight.losses.class_stats import effective_number
from ltlight.models.heads import NormalisedLinear, ScaledLinear
from ltlight.optim.build import OptimizerFactory
from ltlight.training.build import apply_second_stage, head_training
from ltlight.training.build_model import build_model
from ltlight.training.second_stage import (
    HeadTraining,
    crt,
    los,
    lws,
    reinitialised,
    tau_norm,
    tau_normalise,
    weight_balancing,
)
from tests.parts import digits_module, small


@pytest.fixture
def trained(digit_sets):
    """A data module and a classifier with weights of its own."""
    data = digits_module(digit_sets, "data.ratio=0.1")
    torch.manual_seed(0)
    return data, build_model(small("optim.lr=0.05"), data)


def head_names(net: nn.Module) -> tuple[str, str]:
    weight = next(k for k, p in net.named_parameters() if p is net.head.weight)
    return weight, weight.replace("weight", "bias")


def test_tau_normalisation_by_the_formula():
    head = nn.Linear(7, 4)
    weight = head.weight.detach().numpy().copy()
    tau_normalise(head, 0.7)
    norms = np.sqrt((weight**2).sum(1, keepdims=True))
    np.testing.assert_allclose(head.weight.detach().numpy(), weight / norms**0.7, rtol=1e-5)
    assert head.bias.eq(0).all()
    tau_normalise(head, 1.0)
    torch.testing.assert_close(head.weight.norm(dim=1), torch.ones(4))


@pytest.mark.parametrize(
    "head",
    [nn.Linear(5, 3), nn.Linear(5, 3, bias=False), NormalisedLinear(5, 3)],
    ids=["linear", "without bias", "cosines"],
)
def test_a_fresh_head_is_a_function_of_the_seed(head):
    before = torch.get_rng_state()
    first, same, other = (reinitialised(head, seed) for seed in (1, 1, 2))
    assert type(first) is type(head)
    assert list(first.state_dict()) == list(head.state_dict())
    assert torch.equal(first.weight, same.weight)
    assert not torch.equal(first.weight, other.weight)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("bias", [True, False])
def test_folded_scales_are_the_same_function(bias):
    scaled, x = ScaledLinear(nn.Linear(5, 3, bias=bias)), torch.randn(4, 5)
    scaled.scale.data = torch.tensor([0.5, 1.0, 2.0])
    before = scaled(x)
    torch.testing.assert_close(scaled.folded()(x), before)


@pytest.mark.parametrize("kind", ["crt", "lws"])
def test_only_the_head_learns(trained, kind):
    data, model = trained
    before = {k: v.clone() for k, v in model.net.state_dict().items()}
    spent = apply_second_stage(small("optim.lr=0.05", f"method.second_stage={kind}"), model, data)
    assert spent["second_stage/steps"] == 3  # of trainer=debug
    assert spent["second_stage/seconds"] > 0
    after = model.net.state_dict()
    assert list(after) == list(before)
    changed = {k for k in after if not torch.equal(after[k], before[k])}
    head = head_names(model.net)[0]
    assert changed == set(head_names(model.net))  # nor the statistics of the batch norms
    assert all(p.requires_grad for p in model.net.parameters())
    if kind == "lws":  # every row only got longer or shorter
        directions = [nn.functional.normalize(w) for w in (before[head], after[head])]
        torch.testing.assert_close(*directions)


class Seen(NamedTuple):
    """What a second stage would train, and how."""

    trainable: list[str]
    head: dict[str, torch.Tensor]
    sampler: str
    loss: nn.Module
    optimizer: OptimizerFactory
    callbacks: list


@dataclass(frozen=True)
class Watched(HeadTraining):
    """Looks at what would be trained, and doesn't."""

    seen: list = field(default_factory=list)

    def run(self, model, sampler, loss, optimizer, callbacks=()):
        trainable = [k for k, p in model.net.named_parameters() if p.requires_grad]
        head = {k: v.clone() for k, v in model.net.head.state_dict().items()}
        self.seen.append(Seen(trainable, head, sampler, loss, optimizer, list(callbacks)))
        return {}


def watched(data) -> Watched:
    training = head_training(small("optim.weight_decay=0.01"), data)
    return Watched(**vars(training))


def test_crt_starts_from_a_fresh_head_and_keeps_the_decay(trained):
    data, model = trained
    fresh = reinitialised(model.net.head, model.seed)
    training = watched(data)
    crt(model, training)
    (seen,) = training.seen
    assert seen.trainable == list(head_names(model.net))
    assert torch.equal(seen.head["weight"], fresh.weight)
    assert seen.optimizer.weight_decay == 0.01
    assert seen.sampler == "inverse_frequency"


def test_los_smooths_the_labels_of_shuffled_images_away(trained):
    data, model = trained
    fresh = reinitialised(model.net.head, model.seed)
    training = watched(data)
    los(model, training)
    (seen,) = training.seen
    assert seen.trainable == list(head_names(model.net))
    assert torch.equal(seen.head["weight"], fresh.weight)
    assert seen.sampler == "shuffle"
    logits, labels = torch.randn(4, 10), torch.arange(4)
    wanted = nn.functional.cross_entropy(logits, labels, label_smoothing=0.98)
    torch.testing.assert_close(seen.loss(logits, labels), wanted)


def test_weight_balancing_goes_on_with_the_head_by_the_authors_numbers(trained):
    data, model = trained
    before = model.net.head.weight.clone()
    norms = before.norm(dim=1)
    training = watched(data)
    weight_balancing(model, training)
    (seen,) = training.seen
    assert seen.trainable == list(head_names(model.net))
    assert torch.equal(seen.head["weight"], before)
    assert (seen.sampler, seen.optimizer.weight_decay) == ("shuffle", 0.1)
    (project,) = seen.callbacks
    wanted = norms.min() + 0.1 * (norms.max() - norms.min())
    assert project.radius == pytest.approx(wanted.item())
    assert not project.every_step
    torch.testing.assert_close(seen.loss.class_weights, effective_number(data.class_counts))
    assert not seen.loss.by_weights


def test_weight_balancing_ends_within_its_radius(trained):
    data, model = trained
    norms = model.net.head.weight.detach().norm(dim=1)
    radius = norms.min() + 0.1 * (norms.max() - norms.min())
    apply_second_stage(small("optim.lr=0.05", "method.second_stage=weight_balancing"), model, data)
    assert model.net.head.weight.norm(dim=1).max() <= radius * (1 + 1e-5)


@pytest.mark.parametrize("learning", [True, False])
def test_batch_norms_learn_their_statistics_where_they_are_told_to(trained, learning):
    data, model = trained
    before = {k: v.clone() for k, v in model.net.state_dict().items()}
    told = ("method.second_stage_batch_norm=learning",) * learning
    apply_second_stage(small("optim.lr=0.05", "method.second_stage=crt", *told), model, data)
    after = model.net.state_dict()
    changed = {k for k in after if not torch.equal(after[k], before[k])}
    statistics = {k for k in after if "running" in k or "num_batches" in k}
    assert changed == set(head_names(model.net)) | (statistics if learning else set())


def test_lws_trains_scales_of_1_with_the_runs_decay(trained):
    data, model = trained
    before = model.net.head.weight.clone()
    training = watched(data)
    lws(model, training)
    (seen,) = training.seen
    assert [name.rpartition(".")[2] for name in seen.trainable] == ["scale"]
    assert seen.head["scale"].tolist() == [1] * 10
    assert seen.optimizer.weight_decay == 0.01
    assert seen.sampler == "inverse_frequency"
    assert torch.equal(model.net.head.weight, before)


def test_tau_norm_trains_nothing(trained):
    data, model = trained
    before = model.net.head.weight.clone()
    config = small("method.second_stage=tau_norm", "method.norm_tau=0.5")
    assert tau_norm(model, head_training(config, data)) == {
        "second_stage/steps": 0,
        "second_stage/seconds": 0,
    }
    wanted = before / before.norm(dim=1, keepdim=True) ** 0.5
    torch.testing.assert_close(model.net.head.weight, wanted)
