import math

import pytest
import torch
from lightning import Callback, Trainer
from torch import nn
from torch.nn import functional as F

from ltlight.data.augment.mixing import MixedLabels
from ltlight.data.datamodule import LongTailDataModule
from ltlight.errors import UserError
from ltlight.models.wide_linear import WideLinear
from ltlight.optim import factored_sgd
from ltlight.training.classifier import LongTailClassifier, num_right


def linear_net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 10))


def fit(model, data, epochs=2, **arguments) -> Trainer:
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    trainer = Trainer(
        accelerator="cpu", max_epochs=epochs, enable_checkpointing=False, **quiet, **arguments
    )
    trainer.fit(model, datamodule=data)
    return trainer


def test_training_is_plain_sgd_on_cross_entropy(digit_sets):
    """Lightning, loader and module together, against a loop written by hand."""
    options = {"lr": 0.01, "momentum": 0.9, "weight_decay": 1e-3, "nesterov": True}
    data = LongTailDataModule(*digit_sets, ratio=0.02, seed=4)
    model = LongTailClassifier(linear_net(), data.class_counts.tolist(), **options)
    fit(model, data)
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

    data = LongTailDataModule(*digit_sets, ratio=0.02, seed=4)
    model = LongTailClassifier(wide_net(), data.class_counts.tolist(), lr=0.1)
    fit(model, data, epochs=1, accumulate_grad_batches=2, gradient_clip_val=0.3)
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


def test_mixed_labels_count_by_their_shares():
    logits = torch.eye(3)[[0, 1, 2, 1]]
    labels = MixedLabels(
        torch.tensor([0, 0, 1, 1]), torch.tensor([1, 1, 0, 1]), torch.tensor([0.7, 0.7, 0.7, 0.7])
    )
    assert num_right(logits, labels).item() == pytest.approx(0.7 + 0.3 + 0 + 1)
    assert num_right(logits, labels.first).item() == 2


def test_mixed_batches_are_trained_by_the_two_labels_losses(digit_sets):
    data = LongTailDataModule(*digit_sets, ratio=0.05, mix="mixup")
    model = LongTailClassifier(linear_net(), data.class_counts.tolist(), lr=0.01, momentum=0.0)
    trainer = fit(model, data, epochs=1)
    net, seen, right, total = linear_net(), 0, 0.0, 0.0
    for images, (first, second, share) in data.train_dataloader():
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
        right, total = right + shares.sum().item(), total + loss.item() * len(images)
        seen += len(images)
    for ours, theirs in zip(model.net.parameters(), net.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
    found = trainer.callback_metrics
    assert found["train/accuracy"].item() == pytest.approx(right / seen, rel=1e-4)
    assert found["train/loss"].item() == pytest.approx(total / seen, rel=1e-4)


def test_the_rate_follows_the_schedule_step_by_step(digit_sets):
    rates = []

    class Watch(Callback):
        def on_train_batch_start(self, trainer, *arguments):
            rates.append(trainer.optimizers[0].param_groups[0]["lr"])

    data = LongTailDataModule(*digit_sets, ratio=0.02)
    options = {"lr": 0.2, "schedule": "cosine", "warmup_epochs": 1}
    model = LongTailClassifier(linear_net(), data.class_counts.tolist(), **options)
    fit(model, data, epochs=3, callbacks=[Watch()])
    batches = len(data.train_dataloader())
    warm = [0.2 * (k + 1) / batches for k in range(batches)]
    cold = [0.1 * (1 + math.cos(math.pi * k / (2 * batches))) for k in range(2 * batches)]
    assert rates == pytest.approx(warm + cold)


def test_the_second_pass_of_sam_is_not_counted(digit_sets):
    """At a radius this small SAM is SGD, and so must be the figures of the epoch."""
    data = LongTailDataModule(*digit_sets, ratio=0.05)
    found = {}
    for sam in (0.0, 1e-9):
        model = LongTailClassifier(linear_net(), data.class_counts.tolist(), lr=0.01, sam=sam)
        found[sam] = dict(fit(model, data, epochs=1).callback_metrics)
        assert model._num_seen == len(data.train_set)
    assert found[1e-9].keys() == found[0.0].keys()
    for name, value in found[0.0].items():
        torch.testing.assert_close(found[1e-9][name], value, rtol=1e-3, atol=1e-3)


def test_default_settings_are_the_reports():
    model = LongTailClassifier(linear_net(), [1] * 10)
    model.trainer = Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    (group,) = model.configure_optimizers().param_groups
    assert (group["lr"], group["momentum"], group["weight_decay"]) == (1e-4, 0.9, 0)


def test_logits_after_a_test_are_those_of_the_network(digit_sets):
    data = LongTailDataModule(*digit_sets)
    model = LongTailClassifier(linear_net(), data.class_counts.tolist(), lr=0.01)
    trainer = fit(model, data)
    (figures,) = trainer.test(model, datamodule=data, verbose=False)
    images = torch.from_numpy(digit_sets[1].images).float() / 127.5 - 1
    with torch.no_grad():
        torch.testing.assert_close(model.test_logits, model.net(images), rtol=1e-4, atol=1e-4)
    right = model.test_logits.argmax(1) == torch.from_numpy(digit_sets[1].labels)
    assert figures["test/accuracy"] == pytest.approx(right.float().mean().item())


def test_loss_that_is_not_finite_names_epoch_and_step(digit_sets):
    data = LongTailDataModule(*digit_sets)
    model = LongTailClassifier(linear_net(), data.class_counts.tolist(), lr=1e38)
    with pytest.raises(
        UserError, match=r"not finite at epoch 0, step [12]: lower optim\.lr=1e\+38"
    ):
        fit(model, data)
