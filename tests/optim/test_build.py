import logging
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ltlight.errors import UserError
from ltlight.models.wide_linear import WideLinear
from ltlight.optim import factored_sgd
from ltlight.optim.build import OptimizerFactory, adamw, build_sgd, clip_factored
from ltlight.optim.factored_sgd import FactoredSGD
from ltlight.optim.lr_schedules import constant, cosine, steps
from ltlight.optim.sam import SAM

PLAIN = OptimizerFactory(
    lr=0.2,
    momentum=0.9,
    weight_decay=1e-3,
    nesterov=True,
    one_pass=False,
    schedule=constant,
    warmup_epochs=2,
    sam=0.0,
)


@pytest.fixture(autouse=True)
def _small_is_wide(monkeypatch):
    monkeypatch.setattr(factored_sgd, "WIDE", 0)


def make_net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(WideLinear(12, 40), nn.Tanh(), nn.Linear(40, 5))


def backward(net: nn.Module) -> None:
    generator = torch.Generator().manual_seed(1)
    F.cross_entropy(net(torch.randn(8, 12, generator=generator)), torch.arange(8) % 5).backward()


def test_wide_layers_are_factored_where_that_can_be_served():
    optimizer = build_sgd(make_net(), lr=0.1)
    assert isinstance(optimizer, FactoredSGD)
    assert len(optimizer.layers) == 1


def test_fallback_says_why_and_stores_the_gradient(caplog):
    net = make_net()
    FactoredSGD(net, lr=0.1)
    with caplog.at_level(logging.WARNING):
        optimizer = build_sgd(net, "2 processes exchange them", lr=0.1)
    assert [r.message for r in caplog.records] == [
        "the gradients of wide layers are stored, which costs time: 2 processes exchange them"
    ]
    assert not isinstance(optimizer, FactoredSGD)
    backward(net)
    assert net[0].weight.grad is not None


def test_nothing_is_said_where_no_layer_is_wide(caplog):
    with caplog.at_level(logging.WARNING):
        build_sgd(nn.Linear(2, 2), "2 processes exchange them", lr=0.1)
    assert not caplog.records


def test_one_pass_is_refused_without_cuda():
    with pytest.raises(UserError, match=r"optim\.one_pass=true is a kernel for CUDA"):
        build_sgd(nn.Linear(2, 2), one_pass=True, lr=0.1)


@pytest.mark.parametrize("why", [None, "something reads them"])
def test_the_factory_makes_sgd_of_its_options(why):
    net, reference = make_net(), make_net()
    options = {"lr": 0.2, "momentum": 0.9, "weight_decay": 1e-3, "nesterov": True}
    theirs = torch.optim.SGD(reference.parameters(), **options)
    ours = PLAIN.optimizer(net, why)
    assert isinstance(ours, FactoredSGD) == (why is None)
    for _ in range(3):
        for one, optimizer in ((net, ours), (reference, theirs)):
            optimizer.zero_grad()
            backward(one)
            optimizer.step()
    for mine, theirs in zip(net.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_a_radius_puts_sam_around_stored_gradients(caplog):
    net = make_net()
    with caplog.at_level(logging.WARNING):
        sam = replace(PLAIN, sam=0.05).optimizer(net, None)
    assert isinstance(sam, SAM)
    assert sam.rho == 0.05
    assert not isinstance(sam.base, FactoredSGD)
    assert not net[0].factored
    assert "method.sam climbs along them" in caplog.text


def test_the_schedule_is_told_steps_of_epochs():
    told = []
    factory = replace(PLAIN, schedule=lambda *steps: told.append(steps) or 0.5)
    optimizer = factory.optimizer(nn.Linear(2, 2), None)
    scheduler = factory.scheduler(optimizer, steps_per_epoch=7, epochs=10)
    assert told == [(0, 14, 70, 10)]
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.1)
    optimizer.step()
    scheduler.step()
    assert told[1:] == [(1, 14, 70, 10)]


@pytest.mark.parametrize("saved", [0, 8, 9, 10, 30, 34])  # the rate drops after 9 and 33 of 36
def test_a_resumed_schedule_goes_on_the_same(saved):
    """Of 12 epochs, 80 % of which are none whole."""
    factory = replace(PLAIN, schedule=steps, warmup_epochs=1)

    def rates(length, state=None):
        optimizer = factory.optimizer(nn.Linear(2, 2), None)
        scheduler = factory.scheduler(optimizer, steps_per_epoch=3, epochs=12)
        if state is not None:
            optimizer.load_state_dict(state[0])
            scheduler.load_state_dict(state[1])
        found = []
        for _ in range(length):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return found, (optimizer.state_dict(), scheduler.state_dict())

    straight, _ = rates(36)
    first, state = rates(saved)
    assert first + rates(36 - saved, state)[0] == straight


def test_only_a_constant_rate_needs_no_schedule():
    assert not PLAIN.has_schedule
    assert replace(PLAIN, schedule=cosine).has_schedule


@pytest.mark.parametrize("max_norm", [None, 1e-3])
def test_gradients_that_only_their_optimiser_reaches_are_clipped(max_norm):
    net = make_net()
    factored = build_sgd(net, lr=0.1)
    backward(net)
    before = net[2].weight.grad.clone()
    assert clip_factored(factored, max_norm)
    if max_norm is None:
        assert torch.equal(net[2].weight.grad, before)
    else:
        assert factored.clip_grad_norm_(1.0).item() == pytest.approx(max_norm, rel=1e-2)


def test_other_optimisers_are_left_to_lightning():
    net = make_net()
    optimizer = build_sgd(net, "why not", lr=0.1)
    backward(net)
    before = net[2].weight.grad.clone()
    assert not clip_factored(optimizer, 1e-3)
    assert torch.equal(net[2].weight.grad, before)


class WithBackbone(nn.Module):
    """Two layers of its own around a backbone of two, the first of which doesn't move."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.backbone = nn.Sequential(nn.Linear(12, 9), nn.Tanh(), nn.Linear(9, 9))
        self.backbone[0].requires_grad_(False)
        self.classifier = nn.Linear(9, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.backbone(x))


@pytest.mark.parametrize("sam", [0.0, 0.05])
def test_a_backbone_has_a_rate_of_its_own(sam):
    """Against the formula of SGD with momentum and weight decay, by hand, along a cosine."""
    factory = replace(PLAIN, nesterov=False, schedule=cosine, warmup_epochs=1, sam=sam)
    factory = replace(factory, backbone_lr_factor=0.1)
    net, reference = WithBackbone(), WithBackbone()
    optimizer = factory.optimizer(net, None)
    scheduler = factory.scheduler(optimizer, steps_per_epoch=2, epochs=4)
    by_hand = [*reference.backbone[2].parameters(), *reference.classifier.parameters()]
    shares = [0.1, 0.1, 1.0, 1.0]
    momenta = [torch.zeros_like(p) for p in by_hand]

    def gradients() -> list[torch.Tensor]:
        reference.zero_grad()
        backward(reference)
        return [p.grad.clone() for p in by_hand]

    def closure() -> None:
        optimizer.zero_grad()
        backward(net)

    for step in range(8):
        optimizer.step(closure)
        scheduler.step()
        found = gradients()
        with torch.no_grad():
            if sam:
                kept = [p.clone() for p in by_hand]
                norm = sum(g.square().sum() for g in found).sqrt()
                for p, g in zip(by_hand, found, strict=True):
                    p.add_(g * sam / norm)
                with torch.enable_grad():
                    found = gradients()
                for p, k in zip(by_hand, kept, strict=True):
                    p.copy_(k)
            rate = 0.2 * cosine(step, 2, 8, 4)
            for p, g, m, share in zip(by_hand, found, momenta, shares, strict=True):
                m.mul_(0.9).add_(g + 1e-3 * p)
                p.sub_(rate * share * m)
        for mine, theirs in zip(net.parameters(), reference.parameters(), strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)
    assert torch.equal(net.backbone[0].weight, WithBackbone().backbone[0].weight)


def test_a_factor_of_one_is_one_group_of_all():
    net = WithBackbone()
    assert PLAIN.groups(net) is None
    (group,) = PLAIN.optimizer(net, None).param_groups
    assert len(group["params"]) == 6
    assert replace(PLAIN, backbone_lr_factor=0.1).groups(make_net()) is None


@pytest.mark.parametrize("factor", [1.0, 0.1])
def test_adamw_is_torchs(factor):
    factory = replace(PLAIN, kind=adamw, momentum=None, nesterov=False, backbone_lr_factor=factor)
    net, reference = WithBackbone(), WithBackbone()
    ours = factory.optimizer(net, None)
    theirs = torch.optim.AdamW(
        [
            {"params": [*reference.classifier.parameters()]},
            {"params": [*reference.backbone.parameters()], "lr": 0.2 * factor},
        ],
        lr=0.2,
        weight_decay=1e-3,
    )
    for _ in range(5):
        for one, optimizer in ((net, ours), (reference, theirs)):
            optimizer.zero_grad()
            backward(one)
            optimizer.step()
        for mine, wanted in zip(net.parameters(), reference.parameters(), strict=True):
            torch.testing.assert_close(mine, wanted)


def test_adamw_stores_the_gradients_of_wide_layers_and_says_so(caplog):
    net = make_net()
    FactoredSGD(net, lr=0.1)
    with caplog.at_level(logging.WARNING):
        replace(PLAIN, kind=adamw).optimizer(net, None)
    assert "optim=adamw averages their squares" in caplog.text
    backward(net)
    assert net[0].weight.grad is not None
