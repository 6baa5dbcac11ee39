"""Every file of conf/method/ trains, in process, on real digits."""

import json

import pytest
import torch
from hydra import compose, initialize_config_dir

from ltlight.config import check
from ltlight.contradictions import prior_corrections
from ltlight.errors import UserError
from ltlight.experiment import run_experiment
from ltlight.run_record import RunFolder
from ltlight.train import CONF

METHODS = sorted(p.stem for p in (CONF / "method").glob("*.yaml") if p.stem != "base")


def configured(*overrides: str):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        small = ["data=digits", "data.ratio=0.1", "trainer=debug", "model.width=0.03"]
        return compose("config", [*small, "method.second_stage_epochs=1", *overrides])


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("method", METHODS)
def test_it_trains_and_records_figures(method, tmp_path):
    cfg, folder = configured(f"method={method}"), RunFolder(tmp_path)
    check(cfg)
    assert cfg.method.name == method
    text = (CONF / "method" / f"{method}.yaml").read_text()
    assert text.startswith("# ")
    assert f"{method}" in text.partition("python -m ltlight.train")[2].splitlines()[0]
    run_experiment(cfg, folder)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert 0 < metrics["test/accuracy"] <= 1
    assert metrics["steps"] == 6


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
    cfg = configured(*parts)
    check(cfg)
    run_experiment(cfg, RunFolder(tmp_path))
    assert RunFolder(tmp_path).is_finished


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (["method=balanced_softmax", "method.posthoc_tau=1"], "correct the same class prior twice"),
        (["method.class_weights_from=0.8"], "defers weights that there are not"),
        (["method.sampler_from=0.8"], "defers nothing"),
        (["method=progressively_balanced", "method.sampler_from=0.5"], "by itself"),
        (["method.schedule=warmup", "method.warmup_epochs=0"], "needs method.warmup_epochs"),
        (["method=ldam", "method.second_stage=tau_norm"], "normalises away"),
        (["method=ldam", "method.max_norm=1"], "normalises away"),
        (["method=sam", "trainer.precision=16-mixed"], "gradient scaler"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_contradictions_are_refused_with_a_reason(parts, reason):
    with pytest.raises(UserError, match=reason):
        check(configured(*parts))


def test_what_corrects_the_prior_is_known():
    cfg = configured("method=improved", "method.loss=balanced_softmax")
    assert prior_corrections(cfg.method) == [
        "method.sampler=inverse_frequency",
        "method.loss=balanced_softmax",
    ]
    assert prior_corrections(configured("method=mixup").method) == []


def test_a_held_out_split_is_asked_after_the_second_stage(tmp_path):
    run_experiment(configured("method=crt", "data.val_fraction=0.2"), RunFolder(tmp_path))
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert 0 <= metrics["val/balanced_accuracy"] <= 1
    assert metrics["second_stage/steps"] == 3
