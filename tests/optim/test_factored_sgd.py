"""FactoredSGD against torch.optim.SGD, which stores every gradient."""

import copy
import itertools

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ltlight.models.wide_linear import WideLinear
from ltlight.optim import factored_sgd
from ltlight.optim.factored_sgd import FactoredSGD, wide_layers

OPTIONS = [
    {"momentum": mu, "weight_decay": decay, "maximize": up, **more}
    for mu, decay, up in itertools.product((0.0, 0.9), (0.0, 1e-2), (False, True))
    for more in ([{}, {"nesterov": True}, {"dampening": 0.3}] if mu else [{}])
]


@pytest.fixture(autouse=True)
def _small_is_wide(monkeypatch):
    monkeypatch.setattr(factored_sgd, "WIDE", 0)
    monkeypatch.setattr(factored_sgd, "BLOCK_BYTES", 1 << 10)  # several blocks a layer


@pytest.fixture(params=["_update_by_blocks", "_update_by_product"])
def kernel(request, monkeypatch) -> str:
    """Both ways to update, whatever device the test runs on."""
    for name in ("_update_by_blocks", "_update_by_product"):
        monkeypatch.setattr(factored_sgd, name, getattr(factored_sgd, request.param))
    return request.param


def make_net(dtype: torch.dtype = torch.float64) -> nn.Module:
    torch.manual_seed(0)
    layers = [WideLinear(12, 40), nn.Tanh(), WideLinear(40, 24, bias=False), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(24, 5)).to(dtype)


def batches(steps: int, dtype: torch.dtype = torch.float64):
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        x = torch.randn(8, 12, generator=generator, dtype=dtype)
        yield x, torch.randint(0, 5, (8,), generator=generator)


def train(net, optimizer, steps, *, accumulate=1, clip=None, lr=None, dtype=torch.float64):
    for i, (x, y) in enumerate(batches(steps, dtype)):
        if i % accumulate == 0:
            optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        (-loss if optimizer.param_groups[0]["maximize"] else loss).backward()
        if i % accumulate < accumulate - 1:
            continue
        if clip and isinstance(optimizer, FactoredSGD):
            optimizer.clip_grad_norm_(clip)
        elif clip:
            nn.utils.clip_grad_norm_(net.parameters(), clip)
        if lr:
            optimizer.param_groups[0]["lr"] = lr(i)
        optimizer.step()


def assert_equal(net, reference, tolerance=1e-12):
    for ours, theirs in zip(net.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance)


def pair(dtype=torch.float64, **options):
    ours, theirs = make_net(dtype), make_net(dtype)
    return (
        ours,
        theirs,
        FactoredSGD(ours, **options),
        torch.optim.SGD(theirs.parameters(), **options),
    )


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_200_steps_in_float64(options, kernel):
    ours, theirs, factored, plain = pair(lr=0.01, **options)
    train(ours, factored, 200)
    train(theirs, plain, 200)
    assert all(p.grad is None for p in factored.layers)
    assert len(factored.layers) == 2
    assert_equal(ours, theirs)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_200_steps_in_float32(options, kernel):
    ours, theirs, factored, plain = pair(torch.float32, lr=0.01, **options)
    train(ours, factored, 200, dtype=torch.float32)
    train(theirs, plain, 200, dtype=torch.float32)
    assert_equal(ours, theirs, 2e-4)  # an error of 1e-7 a step, multiplied by the training


@pytest.mark.parametrize(
    "more",
    [
        {"accumulate": 4},
        {"clip": 0.05},
        {"accumulate": 2, "clip": 0.05},
        {"lr": lambda i: 0.1 / (i + 1)},
    ],
    ids=["accumulation", "clipping", "both", "schedule"],
)
def test_accumulation_clipping_and_schedules(more, kernel):
    ours, theirs, factored, plain = pair(lr=0.01, momentum=0.9, weight_decay=1e-3, nesterov=True)
    train(ours, factored, 200, **more)
    train(theirs, plain, 200, **more)
    assert_equal(ours, theirs)


def test_norm_before_clipping_is_torchs():
    ours, theirs, factored, _ = pair(lr=0.01)
    x, y = next(batches(1))
    for net in (ours, theirs):
        F.cross_entropy(net(x), y).backward()
    wanted = nn.utils.clip_grad_norm_(theirs.parameters(), 1.0)
    torch.testing.assert_close(factored.clip_grad_norm_(1.0), wanted, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    "options", [{"momentum": 0.9, "nesterov": True}, {"momentum": 0.0}], ids=str
)
@pytest.mark.parametrize("first", ["factored", "plain"])
def test_state_goes_either_way(first, options, kernel):
    ours, theirs, factored, plain = pair(lr=0.01, **options)
    before, after = (factored, plain) if first == "factored" else (plain, factored)
    here, there = (ours, theirs) if first == "factored" else (theirs, ours)
    train(here, before, 20)
    there.load_state_dict(here.state_dict())
    after.load_state_dict(copy.deepcopy(before.state_dict()))
    assert before.state_dict()["param_groups"] == after.state_dict()["param_groups"]
    assert list(before.state_dict()["state"]) == list(after.state_dict()["state"])
    train(there, after, 20)
    train(here, before, 20)
    assert_equal(ours, theirs)


def test_closure_and_scheduler():
    """As Lightning calls them: the closure clears, runs forward and backward inside the step."""
    ours, theirs, factored, plain = pair(lr=0.1, momentum=0.9)
    for net, optimizer in ((ours, factored), (theirs, plain)):
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
        for x, y in batches(20):

            def closure(net=net, optimizer=optimizer, x=x, y=y):
                optimizer.zero_grad()
                loss = F.cross_entropy(net(x), y)
                loss.backward()
                return loss

            assert optimizer.step(closure) > 0
            schedule.step()
    assert_equal(ours, theirs)


def test_bf16_autocast_stays_near_the_stored_gradient():
    nets = []
    for make in (
        lambda n: FactoredSGD(n, lr=0.05),
        lambda n: torch.optim.SGD(n.parameters(), lr=0.05),
    ):
        net = make_net(torch.float32)
        optimizer = make(net)
        for x, y in batches(50, torch.float32):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16):
                logits = net(x)
            F.cross_entropy(logits.float(), y).backward()
            optimizer.step()
        nets.append(net)
    assert_equal(*nets, tolerance=2e-3)  # bf16 rounds each product to 3 digits


def trained_in_bf16(steps: int, forget: bool) -> nn.Module:
    """With the rounded weights that updates write, or rounded anew every step."""
    net = make_net(torch.float32)
    optimizer = FactoredSGD(net, lr=0.05, momentum=0.9, weight_decay=1e-2)
    for x, y in batches(steps, torch.float32):
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(x)
        F.cross_entropy(logits.float(), y).backward()
        optimizer.step()
        for layer in wide_layers(net):
            assert torch.equal(layer.rounded, layer.weight.bfloat16())
            if forget:
                layer.rounded = None
    return net


def test_the_rounded_weight_of_an_update_is_the_weight_rounded():
    assert_equal(trained_in_bf16(20, forget=False), trained_in_bf16(20, forget=True), tolerance=0)


@pytest.mark.parametrize("change", ["loaded", "in place", "replaced", "copied"])
def test_a_rounded_weight_is_not_used_for_another_weight(change):
    net = trained_in_bf16(2, forget=False)
    other = make_net(torch.float32)
    layer, wanted = net[0], other[0].weight.detach()
    if change == "loaded":
        net.load_state_dict(other.state_dict())
    elif change == "in place":
        with torch.no_grad():
            layer.weight.copy_(wanted)
    elif change == "replaced":
        layer.weight.data = wanted
    else:
        layer = copy.deepcopy(layer)
        with torch.no_grad():
            layer.weight.copy_(wanted)
    x, _ = next(batches(1, torch.float32))
    with torch.autocast("cpu", torch.bfloat16):
        y = layer(x)
    assert torch.equal(y, F.linear(x.bfloat16(), wanted.bfloat16(), layer.bias.bfloat16()))


def test_frozen_layer_is_left_alone():
    net = make_net()
    net[0].requires_grad_(False)
    before = net[0].weight.clone()
    train(net, FactoredSGD(net, lr=0.1, weight_decay=0.1), 3)
    assert torch.equal(net[0].weight, before)


def test_narrow_layers_keep_their_gradient(monkeypatch):
    monkeypatch.setattr(factored_sgd, "WIDE", 900)
    net = make_net()
    assert wide_layers(net) == [net[2]]
    optimizer = FactoredSGD(net, lr=0.1)
    assert list(optimizer.layers.values()) == [net[2]]
    train(net, optimizer, 1)
    assert net[0].weight.grad is not None


@pytest.mark.parametrize("set_to_none", [True, False])
def test_steps_without_a_new_gradient_are_torchs(kernel, set_to_none):
    """Cleared to None a step does nothing; to zeros it decays; not cleared it repeats itself."""
    options = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}
    found = []
    for kind in (FactoredSGD, torch.optim.SGD):
        net = make_net()
        optimizer = kind(net if kind is FactoredSGD else net.parameters(), **options)
        ((x, y),) = batches(1)
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
        optimizer.step()
        optimizer.zero_grad(set_to_none)
        optimizer.step()
        found.append(list(net.parameters()))
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_the_norm_of_no_gradient_is_0():
    net = make_net()
    assert FactoredSGD(net, lr=0.1).clip_grad_norm_(1.0) == 0
    assert nn.utils.clip_grad_norm_(net.parameters(), 1.0) == 0
