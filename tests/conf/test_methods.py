"""Every file of conf/method/ trains, in process, on real digits."""

import json

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir

from ltlight.config.conflicts import prior_corrections
from ltlight.config.schema import CONF, check
from ltlight.errors import UserError
from ltlight.runs.run_folder import RunFolder
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.run import run_experiment
from ltlight.training.second_stage import HeadTraining

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
        (["method=sam", "trainer.accumulate_grad_batches=2"], "adds the second to the first"),
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


@pytest.mark.parametrize("stage", [LongTailClassifier, HeadTraining], ids=["first", "second"])
def test_an_interrupted_run_goes_on_to_the_same_end(stage, tmp_path, monkeypatch):
    """Schedule, mean of the weights, deferred weights and both stages."""
    parts = ["method=crt", "method.schedule=cosine", "method.warmup_epochs=1", "method.ema=0.9"]
    parts += ["method.class_weights=effective_number", "method.class_weights_from=0.5"]
    cfg = configured(*parts, "trainer.max_epochs=4", "method.second_stage_epochs=3")
    straight, interrupted = RunFolder(tmp_path / "straight"), RunFolder(tmp_path / "interrupted")
    run_experiment(cfg, straight)
    original = LongTailClassifier.on_train_epoch_start

    def power_cut(self):
        if type(self) is stage and self.current_epoch == 2:
            raise RuntimeError("power cut")
        original(self)

    with monkeypatch.context() as patch:
        patch.setattr(LongTailClassifier, "on_train_epoch_start", power_cut)
        with pytest.raises(RuntimeError, match="power cut"):
            run_experiment(cfg, interrupted)
    assert interrupted.last_checkpoint.exists()
    run_experiment(cfg, interrupted)
    np.testing.assert_array_equal(
        straight.predictions()["logits"], interrupted.predictions()["logits"]
    )


@pytest.mark.parametrize("part", ["class_weights", "sampler"])
def test_what_is_deferred_acts_at_least_in_the_last_epoch(part, tmp_path):
    """Two epochs, of which four fifths are over after 1.6."""
    runs = {}
    for start in ("0.8", "0.5"):
        cfg = configured(f"method.{part}=inverse_frequency", f"method.{part}_from={start}")
        run_experiment(cfg, RunFolder(tmp_path / start))
        runs[start] = RunFolder(tmp_path / start).predictions()["logits"]
    np.testing.assert_array_equal(runs["0.8"], runs["0.5"])
    run_experiment(configured(), RunFolder(tmp_path / "never"))
    assert not np.array_equal(runs["0.8"], RunFolder(tmp_path / "never").predictions()["logits"])


def test_saved_logits_are_what_was_evaluated(tmp_path):
    plain, adjusted = RunFolder(tmp_path / "plain"), RunFolder(tmp_path / "adjusted")
    run_experiment(configured("method=baseline"), plain)
    run_experiment(configured("method=logit_adjustment"), adjusted)
    before, after = plain.predictions(), adjusted.predictions()
    prior = before["class_counts"] / before["class_counts"].sum()
    np.testing.assert_allclose(after["logits"], before["logits"] - np.log(prior), atol=1e-5)
    right = after["logits"].argmax(1) == after["targets"]
    assert adjusted.metrics()["test/accuracy"] == pytest.approx(right.mean())
