import numpy as np
import pytest
import torch
from lightning import LightningModule, Trainer
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from ltlight.errors import UserError
from ltlight.optim.sam import SAM
from tests.parts import quiet_trainer

CURVATURE = np.array([[3.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 0.1]])
START = np.array([1.0, -2.0, 0.5])


def quadratic(parts: list[torch.Tensor], optimizer: torch.optim.Optimizer):
    """A closure of w'Aw / 2, of a w that comes in parts; its gradient is Aw."""
    curvature = torch.from_numpy(CURVATURE)

    def closure():
        optimizer.zero_grad()
        w = torch.cat(parts)
        loss = w @ curvature @ w / 2
        loss.backward()
        return loss

    return closure


def parts_of_start() -> list[torch.Tensor]:
    """Two tensors: the norm of the gradient is taken over both together."""
    w = torch.from_numpy(START.copy())
    return [w[:2].clone().requires_grad_(), w[2:].clone().requires_grad_()]


def test_steps_are_the_papers_on_a_quadratic():
    rho, lr, momentum, decay = 0.3, 0.1, 0.9, 0.01
    parts = parts_of_start()
    sam = SAM(torch.optim.SGD(parts, lr=lr, momentum=momentum, weight_decay=decay), rho)
    w, velocity = START.copy(), np.zeros(3)
    for _ in range(5):
        loss = sam.step(quadratic(parts, sam))
        assert loss.item() == pytest.approx(w @ CURVATURE @ w / 2)
        slope = CURVATURE @ w
        sharp = CURVATURE @ (w + rho * slope / np.sqrt((slope**2).sum()))
        velocity = momentum * velocity + sharp + decay * w  # the decay is of the weights themselves
        w = w - lr * velocity
        np.testing.assert_allclose(torch.cat(parts).detach().numpy(), w, rtol=1e-9)


def test_radius_0_is_the_base_optimiser():
    plain, sharp = parts_of_start(), parts_of_start()
    sgd = torch.optim.SGD(plain, lr=0.1, momentum=0.9)
    sam = SAM(torch.optim.SGD(sharp, lr=0.1, momentum=0.9), 0.0)
    for _ in range(3):
        sgd.step(quadratic(plain, sgd))
        sam.step(quadratic(sharp, sam))
    assert torch.equal(torch.cat(plain), torch.cat(sharp))


def test_small_radius_approaches_the_base_optimiser_linearly():
    def distance(rho: float) -> float:
        parts = parts_of_start()
        sam = SAM(torch.optim.SGD(parts, lr=0.1), rho)
        sam.step(quadratic(parts, sam))
        return np.linalg.norm(torch.cat(parts).detach().numpy() - (START - 0.1 * CURVATURE @ START))

    assert distance(1e-3) / distance(1e-4) == pytest.approx(10, rel=1e-3)


def test_gradient_of_0_moves_nothing():
    parts = [torch.zeros(3, dtype=torch.float64, requires_grad=True)]
    sam = SAM(torch.optim.SGD(parts, lr=0.1), 0.5)
    sam.step(quadratic(parts, sam))
    assert torch.equal(parts[0], torch.zeros(3, dtype=torch.float64))


def test_the_closure_is_called_twice_and_the_second_time_at_moved_weights():
    parts = parts_of_start()
    sam = SAM(torch.optim.SGD(parts, lr=0.1), 0.5)
    plain, seen = quadratic(parts, sam), []

    def closure():
        seen.append(torch.cat(parts).detach().numpy())
        return plain()

    sam.step(closure)
    first, second = seen
    assert np.linalg.norm(second - first) == pytest.approx(0.5)
    slope = CURVATURE @ START
    np.testing.assert_allclose(second - first, 0.5 * slope / np.linalg.norm(slope))


def test_weights_return_to_the_bit():
    torch.manual_seed(0)
    # Adding and subtracting again would lose the small weights beside a large perturbation.
    weights = torch.randn(1000).mul(1e-3).requires_grad_()
    before = weights.detach().clone()
    sam = SAM(torch.optim.SGD([weights], lr=0.0), 1e4)

    def closure():
        sam.zero_grad()
        loss = weights.square().sum()
        loss.backward()
        return loss

    sam.step(closure)
    assert torch.equal(weights, before)


def test_weights_return_when_the_second_pass_fails():
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before = [p.detach().clone() for p in net.parameters()]
    sam = SAM(torch.optim.SGD(net.parameters(), lr=0.1), 0.5, net)
    calls = []

    def closure():
        calls.append([p.detach().clone() for p in net.parameters()])
        if len(calls) == 2:
            raise KeyboardInterrupt
        loss = net(torch.tensor([[1.0, 2.0], [3.0, -1.0]])).square().mul(torch.arange(2.0)).sum()
        loss.backward()
        return loss

    with pytest.raises(KeyboardInterrupt):
        sam.step(closure)
    assert all(torch.equal(p, b) for p, b in zip(net.parameters(), before, strict=True))
    assert not torch.equal(calls[1][0], before[0])  # they had moved
    assert net[1].track_running_stats


def test_parameters_without_gradient_stay():
    frozen, parts = torch.ones(2, requires_grad=True), parts_of_start()
    sam = SAM(torch.optim.SGD([frozen, *parts], lr=0.1, weight_decay=0.5), 0.5)
    sam.step(quadratic(parts, sam))
    assert torch.equal(frozen, torch.ones(2))


def test_step_without_closure_is_refused():
    sam = SAM(torch.optim.SGD(parts_of_start(), lr=0.1), 0.5)
    with pytest.raises(UserError, match="take bf16-mixed or 32-true"):
        sam.step()


def test_groups_and_state_are_the_bases_before_and_after_a_checkpoint():
    parts = parts_of_start()
    sam = SAM(torch.optim.SGD(parts, lr=0.1, momentum=0.9), 0.5)
    sam.step(quadratic(parts, sam))
    saved = sam.state_dict()
    plain = torch.optim.SGD(parts_of_start(), lr=9.0)
    plain.load_state_dict(saved)  # of the same shape as the base's own
    assert plain.param_groups[0]["lr"] == 0.1
    resumed = SAM(torch.optim.SGD(parts_of_start(), lr=9.0), 0.5)
    resumed.load_state_dict(saved)
    assert resumed.param_groups is resumed.base.param_groups
    assert resumed.state is resumed.base.state
    assert resumed.base.param_groups[0]["lr"] == 0.1
    momenta = [s["momentum_buffer"] for s in resumed.base.state.values()]
    assert torch.equal(
        torch.cat(momenta), torch.cat([sam.state[p]["momentum_buffer"] for p in parts])
    )


class Small(LightningModule):
    """A network with batch norm under Lightning's automatic optimisation, halving its rate."""

    def __init__(self, rho: float = 0.05) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
        self.rho, self.asked = rho, []

    def training_step(self, batch, batch_idx):
        self.asked.append(batch_idx)
        return F.cross_entropy(self.net(batch[0]), batch[1])

    def configure_optimizers(self):
        base = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
        sam = SAM(base, self.rho, self.net)
        scheduler = torch.optim.lr_scheduler.LambdaLR(sam, lambda step: 0.5**step)
        return [sam], [{"scheduler": scheduler, "interval": "step"}]


def batches() -> DataLoader:
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(24, 4, generator=generator)
    labels = torch.randint(3, (24,), generator=generator)
    return DataLoader(TensorDataset(images, labels), batch_size=8)


def fit(epochs: int, folder, resume=None) -> tuple[Small, Trainer]:
    model, trainer = Small(), quiet_trainer(epochs, default_root_dir=folder)
    trainer.fit(model, batches(), ckpt_path=resume)
    return model, trainer


def by_hand(epochs: int, rho: float) -> nn.Module:
    """The two passes written out; the second goes through a copy, whose statistics are lost."""
    net, twin = Small().net, Small().net
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
    for step, (images, labels) in enumerate(list(batches()) * epochs):
        optimizer.param_groups[0]["lr"] = 0.1 * 0.5**step
        params = list(net.parameters())
        slopes = torch.autograd.grad(F.cross_entropy(net(images), labels), params)
        norm = sum(s.square().sum() for s in slopes).sqrt()
        twin.load_state_dict(net.state_dict())
        with torch.no_grad():
            for p, s in zip(twin.parameters(), slopes, strict=True):
                p += rho * s / norm
        loss = F.cross_entropy(twin(images), labels)
        sharp = torch.autograd.grad(loss, list(twin.parameters()))
        for p, s in zip(params, sharp, strict=True):
            p.grad = s
        optimizer.step()
    return net


def same(a: nn.Module, b: nn.Module, **tolerance: float) -> None:
    torch.testing.assert_close(a.state_dict(), b.state_dict(), **tolerance)


def test_lightning_fit_is_the_method_by_hand(tmp_path):
    """Weights, rates and the running statistics of batch norm, counted once a step."""
    model, trainer = fit(2, tmp_path)
    same(model.net, by_hand(2, 0.05), rtol=1e-4, atol=1e-6)
    assert trainer.global_step == 6
    assert model.net[1].num_batches_tracked == 6
    assert model.asked == [0, 0, 1, 1, 2, 2] * 2
    assert trainer.optimizers[0].base.param_groups[0]["lr"] == pytest.approx(0.1 * 0.5**6)


def test_without_the_network_batch_norm_counts_both_passes():
    """What the third argument is for."""
    net = Small().net
    sam = SAM(torch.optim.SGD(net.parameters(), lr=0.1), 0.05)
    images, labels = next(iter(batches()))

    def closure():
        sam.zero_grad()
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        return loss

    sam.step(closure)
    assert net[1].num_batches_tracked == 2


def test_resumed_fit_ends_where_an_uninterrupted_one_does(tmp_path):
    _, interrupted = fit(1, tmp_path)
    interrupted.save_checkpoint(tmp_path / "last.ckpt")
    resumed, _ = fit(2, tmp_path, resume=tmp_path / "last.ckpt")
    whole, _ = fit(2, tmp_path)
    same(resumed.net, whole.net, rtol=0, atol=0)
