from itertools import pairwise

import pytest
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from torch import nn

from ltlight.callbacks.ema import EMA, TRAINED
from ltlight.data.datamodule import LongTailDataModule
from ltlight.training.classifier import LongTailClassifier
from tests import parts


def small_model(data) -> LongTailClassifier:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10), nn.BatchNorm1d(10))
    return parts.classifier(net, data.class_counts.tolist(), "optim.lr=0.05")


def fit(data, epochs, callbacks, **more):
    model = small_model(data)
    parts.fit(model, data, epochs, callbacks=callbacks, **more)
    return model.net.state_dict()


@pytest.fixture
def data(digit_sets) -> LongTailDataModule:
    return parts.digits_module(digit_sets, "data.ratio=0.05")


def test_the_mean_by_its_formula(data):
    """The weights after every step, averaged by hand."""
    seen = []

    class Watch(EMA):
        def on_train_batch_end(self, trainer, pl_module, *arguments):
            seen.append({k: v.clone() for k, v in pl_module.net.state_dict().items()})
            super().on_train_batch_end(trainer, pl_module, *arguments)

    found = fit(data, 2, [Watch(0.9)])
    torch.manual_seed(0)
    mean = {k: v.double() for k, v in small_model(data).net.state_dict().items()}
    for t, weights in enumerate(seen, start=1):
        decay = min(0.9, (1 + t) / (10 + t))
        mean = {k: decay * mean[k] + (1 - decay) * weights[k].double() for k in mean}
    for name in ("1.weight", "1.bias", "2.weight", "2.running_mean", "2.running_var"):
        torch.testing.assert_close(found[name].double(), mean[name], rtol=1e-4, atol=1e-5)
    assert not torch.equal(found["1.weight"], seen[-1]["1.weight"])


def test_it_is_resumed_from_a_checkpoint(data, tmp_path):
    whole = fit(data, 4, [EMA(0.9)])

    fit(data, 2, [EMA(0.9), ModelCheckpoint(tmp_path, "a", save_on_train_epoch_end=True)])
    again = ModelCheckpoint(tmp_path, "b", save_on_train_epoch_end=True)
    resumed = fit(data, 4, [EMA(0.9), again], resume=tmp_path / "a.ckpt")
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value, rtol=1e-4, atol=1e-6)


def test_steps_are_counted_and_not_batches(data):
    """Two batches a step: the mean moves when the weights do."""
    seen = []

    class Watch(EMA):
        def on_train_batch_end(self, trainer, pl_module, *arguments):
            super().on_train_batch_end(trainer, pl_module, *arguments)
            seen.append((trainer.global_step, self.steps, self._mean["1.weight"].clone()))

    fit(data, 1, [Watch(0.9)], accumulate_grad_batches=2)
    assert all(steps == done for done, steps, _ in seen)
    moved = [not torch.equal(before[2], after[2]) for before, after in pairwise(seen)]
    stepped = [after[0] > before[0] for before, after in pairwise(seen)]
    assert moved == stepped
    assert True in stepped
    assert False in stepped


def test_the_mean_is_what_is_validated_and_saved(data, tmp_path):
    """While the optimiser's own weights go on where they stood."""
    kept = ModelCheckpoint(tmp_path, "a", save_on_train_epoch_end=True)
    validated, live = [], []

    class Watch(Callback):
        def on_validation_batch_start(self, trainer, pl_module, *arguments):
            validated.append(pl_module.net[1].weight.clone())

        def on_train_epoch_end(self, trainer, pl_module):
            live.append(pl_module.net[1].weight.clone())

    fit(data, 1, [EMA(0.9), Watch(), kept])
    saved = torch.load(tmp_path / "a.ckpt", weights_only=True)
    assert torch.equal(saved["state_dict"]["net.1.weight"], validated[0])
    assert torch.equal(saved[TRAINED]["1.weight"], live[0])
    assert not torch.equal(validated[0], live[0])
