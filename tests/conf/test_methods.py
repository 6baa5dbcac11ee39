"""Every file of conf/method/ trains, in process, on real digits."""

import numpy as np
import pytest
import torch

from ltlight.config.schema import CONF
from ltlight.runs.run_folder import RunFolder
from ltlight.training.build_model import build_net
from ltlight.training.run import run_experiment
from tests.parts import quick_runs, small

METHODS = sorted(p.stem for p in (CONF / "method").glob("*.yaml") if p.stem != "base")


def test_there_are_methods():
    assert {"baseline", "improved", "strong"} <= set(METHODS)


@pytest.mark.parametrize("method", METHODS)
def test_its_file_opens_with_a_command_that_takes_it(method):
    text = (CONF / "method" / f"{method}.yaml").read_text()
    assert text.startswith("# ")
    assert method in text.partition("python -m ltlight.train")[2].splitlines()[0]


def train_and_check(folder: RunFolder, *overrides: str) -> None:
    """A run, of which the accuracy is recomputed, and whose weights must have moved."""
    config = small(*overrides, "trainer.check_val_every_n_epoch=2")
    with quick_runs():
        run_experiment(config, folder)
    metrics, arrays = folder.metrics(), folder.predictions()
    correct = arrays["logits"].argmax(1) == arrays["targets"]
    assert metrics["test/accuracy"] == pytest.approx(correct.mean(), abs=1e-6)
    assert np.isfinite(arrays["logits"]).all()
    assert metrics["steps"] == 6
    torch.manual_seed(config.seed)
    before = {f"net.{k}": v for k, v in build_net(config, 10).state_dict().items()}
    after = torch.load(folder.model_checkpoint, weights_only=True)["state_dict"]
    assert list(after) == list(before)
    for name, weight in after.items():
        assert torch.isfinite(weight).all()
        if weight.ndim > 1:
            assert not torch.equal(weight, before[name]), name
        if weight.ndim == 4:  # a convolution is where it was drawn, but for six small steps
            assert (weight - before[name]).norm() < 0.5 * before[name].norm(), name


@pytest.mark.parametrize("method", METHODS)
def test_it_trains_and_records_metrics(method, tmp_path):
    assert small(f"method={method}").method.name == method
    train_and_check(RunFolder(tmp_path), f"method={method}")


@pytest.mark.parametrize(
    "parts",
    [
        ["method=improved", "method.loss=balanced_softmax"],
        ["method=ldam_drw", "method.mix=remix", "method.augment=trivial", "method.ema=0.9"],
        ["method=crt", "method.loss=ldam", "method.sam=0.05", "method.schedule=cosine"],
        ["method=drs", "method.cutout=0.5", "model=resnet32", "model.width=0.25"],
        ["method=baseline", "method.second_stage=crt", "method.loss=label_aware_smoothing"],
    ],
    ids=lambda parts: " ".join(parts),
)
def test_parts_compose(parts, tmp_path):
    train_and_check(RunFolder(tmp_path), *parts)
