import math
from types import SimpleNamespace

import pytest
import torch
from lightning import Callback
from torch import nn
from torch.nn import functional as F

from ltlight.errors import UserError
from ltlight.models.wide_linear import WideLinear
from ltlight.optim import factored_sgd
from ltlight.training.classifier import LongTailClassifier
from tests.parts import classifier, digits_module, fit


def linear_net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 10))


def test_training_is_plain_sgd_on_cross_entropy(digit_sets):
    """Lightning, loader and module together, against a loop written by hand."""
    options = {"lr": 0.01, "momentum": 0.9, "weight_decay": 1e-3, "nesterov": True}
    data = digits_module(digit_sets, "data.ratio=0.02", "seed=4")
    told = [f"optim.{name}={value}" for name, value in options.items()]
    model = classifier(linear_net(), data.class_counts.tolist(), *told)
    fit(model, data, 2)
    net, loader = linear_net(), data.train_dataloader()
    optimizer = torch.optim.SGD(net.parameters(), **options)
    for epoch in range(2):
        loader.sampler.set_epoch(epoch)
        for images, labels in loader:
            optimizer.zero_grad()
            F.cross_entropy(net(images), labels).backward()
            optimizer.step()
    for ours, theirs in zip(model.net.parameters(), net.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_accumulation_and_clipping_reach_layers_without_stored_gradients(digit_sets, monkeypatch):
    monkeypatch.setattr(factored_sgd, "WIDE", 0)

    def wide_net() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Flatten(), WideLinear(3 * 32 * 32, 40), nn.Linear(40, 10))

    data = digits_module(digit_sets, "data.ratio=0.02", "seed=4")
    model = classifier(wide_net(), data.class_counts.tolist(), "optim.lr=0.1")
    fit(model, data, 1, accumulate_grad_batches=2, gradient_clip_val=0.3)
    assert list(model.optimizers().layers) == [model.net[1].weight]
    net, loader = wide_net(), list(data.train_dataloader())
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for i, (images, labels) in enumerate(loader, start=1):
        (F.cross_entropy(net(images), labels) / 2).backward()
        if i % 2 == 0 or i == len(loader):
            assert nn.utils.clip_grad_norm_(net.parameters(), 0.3) > 0.3
            optimizer.step()
            optimizer.zero_grad()
    for ours, theirs in zip(model.net.parameters(), net.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_mixed_batches_are_trained_by_the_two_labels_losses(digit_sets):
    data = digits_module(digit_sets, "data.ratio=0.05", "method.mix=mixup")
    plain = ("optim.lr=0.01", "optim.momentum=0")
    model = classifier(linear_net(), data.class_counts.tolist(), *plain)
    trainer = fit(model, data, 1)
    net, seen, correct, total = linear_net(), 0, 0.0, 0.0
    for images, (first, second, share, _) in data.train_dataloader():
        logits = net(images)
        losses = [F.cross_entropy(logits, y, reduction="none") for y in (first, second)]
        loss = (share * losses[0] + (1 - share) * losses[1]).mean()
        net.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in net.parameters():
                p -= 0.01 * p.grad
        predicted = logits.argmax(1)
        shares = share * (predicted == first) + (1 - share) * (predicted == second)
        correct, total = correct + shares.sum().item(), total + loss.item() * len(images)
        seen += len(images)
    for ours, theirs in zip(model.net.parameters(), net.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
    found = trainer.callback_metrics
    assert found["train/accuracy"].item() == pytest.approx(correct / seen, rel=1e-4)
    assert found["train/loss"].item() == pytest.approx(total / seen, rel=1e-4)


def test_the_rate_follows_the_schedule_step_by_step(digit_sets):
    rates = []

    class Watch(Callback):
        def on_train_batch_start(self, trainer, *arguments):
            rates.append(trainer.optimizers[0].param_groups[0]["lr"])

    data = digits_module(digit_sets, "data.ratio=0.02")
    options = ("optim.lr=0.2", "method.schedule=cosine", "method.warmup_epochs=1")
    model = classifier(linear_net(), data.class_counts.tolist(), *options)
    fit(model, data, 3, callbacks=[Watch()])
    batches = len(data.train_dataloader())
    warm = [0.2 * (k + 1) / batches for k in range(batches)]
    cold = [0.1 * (1 + math.cos(math.pi * k / (2 * batches))) for k in range(2 * batches)]
    assert rates == pytest.approx(warm + cold)


def test_the_second_pass_of_sam_is_not_counted(digit_sets):
    """At a radius this small SAM is SGD, and so must be the metrics of the epoch."""
    data = digits_module(digit_sets, "data.ratio=0.05")
    found = {}
    for sam in (0.0, 1e-9):
        options = ("optim.lr=0.01", f"method.sam={sam}")
        model = classifier(linear_net(), data.class_counts.tolist(), *options)
        found[sam] = dict(fit(model, data, 1).callback_metrics)
        assert model._sums.seen == len(data.train_set)
    assert found[1e-9].keys() == found[0.0].keys()
    for name, value in found[0.0].items():
        torch.testing.assert_close(found[1e-9][name], value, rtol=1e-3, atol=1e-3)


def test_logits_after_a_test_are_those_of_the_network(digit_sets):
    data = digits_module(digit_sets)
    model = classifier(linear_net(), data.class_counts.tolist(), "optim.lr=0.01")
    trainer = fit(model, data, 1)
    (metrics,) = trainer.test(model, datamodule=data, verbose=False)
    images = torch.from_numpy(digit_sets[1].images).float() / 127.5 - 1
    with torch.no_grad():
        torch.testing.assert_close(model.test_logits, model.net(images), rtol=1e-4, atol=1e-4)
    correct = model.test_logits.argmax(1) == torch.from_numpy(digit_sets[1].labels)
    assert metrics["test/accuracy"] == pytest.approx(correct.float().mean().item())
    by_class = [correct[digit_sets[1].labels == c].float().mean().item() for c in range(10)]
    assert model.test_recalls == pytest.approx(by_class)
    assert model.last_confusion.trace() == correct.sum()


def test_loss_that_is_not_finite_names_epoch_and_step(digit_sets):
    data = digits_module(digit_sets)
    model = classifier(linear_net(), data.class_counts.tolist(), "optim.lr=100")
    for weights in model.net.parameters():
        nn.init.constant_(weights, 1e38)
    with pytest.raises(UserError, match=r"not finite at epoch 0, step [012]: lower optim\.lr=100"):
        fit(model, data, 1)


@pytest.mark.parametrize("watched", [True, False])
def test_a_held_out_split_is_evaluated_as_the_test_set_will_be(watched):
    """Where the test set is only watched, each epoch goes without the ten passes."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4))
    model = classifier(net, [1] * 4, "method.tta=ten_crop", validation_is_test=watched)
    seen = []
    model.eval_metrics.update = lambda logits, labels: seen.append(logits)
    images, labels = torch.randn(5, 3, 8, 8), torch.zeros(5, dtype=torch.int64)
    model.validation_step((images, labels), 0)
    model.on_test_epoch_start()
    model.test_step((images, labels), 0)
    assert torch.equal(seen[0], net(images) if watched else model(images))
    assert torch.equal(seen[1], model(images))
    assert not torch.allclose(net(images), model(images))


@pytest.mark.parametrize(("watched", "stage"), [(True, "test"), (False, "val")])
def test_validation_is_tagged_by_what_it_watches(digit_sets, watched, stage):
    held_out = () if watched else ("data.val_fraction=0.2",)
    data = digits_module(digit_sets, "data.ratio=0.02", *held_out)
    counts = data.class_counts.tolist()
    model = classifier(linear_net(), counts, "optim.lr=0.01", validation_is_test=watched)
    found = fit(model, data, 1).callback_metrics
    stages = {name.partition("/")[0] for name in found if "/" in name}
    assert stages == {"train", stage}
    size = len(digit_sets[1] if watched else data.val_set)
    assert model.last_confusion.sum() == size
    assert found[f"{stage}/accuracy"].item() == pytest.approx(model.last_confusion.trace() / size)
    assert found["step"] == 1  # the x axis of the curves: epochs done


def test_dropout_is_a_function_of_seed_and_epoch(digit_sets):
    """Whatever was drawn before: a checkpoint doesn't hold torch's global generator."""
    data, ends = digits_module(digit_sets, "data.ratio=0.02"), []
    for before in (1, 2):
        net = nn.Sequential(nn.Dropout(0.5), linear_net())
        model = classifier(net, data.class_counts.tolist(), "optim.lr=0.01")
        torch.manual_seed(before)
        fit(model, data, 1, limit_train_batches=2)
        ends.append(net[1][1].weight)
    assert torch.equal(*ends)


SCALED = "trainer.precision=16-mixed scales them (bf16-mixed doesn't)"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, (None, False)),
        ({"world_size": 2}, (None, True)),
        ({"world_size": 9}, ("the factors of 9 processes are larger", False)),
        ({"scaler": object()}, (SCALED, False)),
        ({"scaler": object(), "world_size": 2}, (SCALED, False)),
    ],
)
def test_gradients_are_stored_where_something_else_reads_them(monkeypatch, changes, told):
    data = SimpleNamespace(batch_size=256)  # of 2 processes 512 (1024 + 1024) of 2 x 1024 x 1024
    trainer = SimpleNamespace(**{"world_size": 1, "scaler": None, "datamodule": data} | changes)
    monkeypatch.setattr(LongTailClassifier, "trainer", trainer)
    model = classifier(nn.Sequential(WideLinear(1024, 1024)), [1] * 10)
    model.optimizer = SimpleNamespace(
        optimizer=lambda net, why, exchanged: (why, exchanged),
        has_schedule=False,
        keeps_factors=True,
    )
    assert model.configure_optimizers() == told
