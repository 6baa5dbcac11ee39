"""Runs that are trained at once have the figures that each has alone under Lightning's trainer."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from ltlight.runs.curves import read_curves
from ltlight.runs.run_folder import RunFolder
from ltlight.training.checkpoint import rebuilt
from ltlight.training.heads.members import train_members
from ltlight.training.run import run_experiment
from tests.parts import configured, quick_runs

pytest.importorskip("timm", reason="an extra: .[pretrained]")
FEATURES = ("model=pretrained", "model.backbone=resnet10t", "model.weights=random")
FEATURES += ("model.image_size=32", "data=digits", "data.ratio=0.05", "trainer=cpu")
SHORT = ("trainer.max_epochs=3", "trainer.check_val_every_n_epoch=1", "data.val_fraction=0.2")
SHORT += ("method.second_stage_epochs=2",)
# Plain batches under several losses; other batches; other steps; stages after one training; what
# acts around the steps.
METHODS = (
    *("baseline", "balanced_softmax", "focal", "class_balanced", "ldam"),
    *("mixup", "regmixup", "class_aware"),
    *("crt", "tau_norm", "weight_balancing", "logit_adjustment"),
    *("ema", "sam"),
)
TOLERANCE = 2e-5  # of logits up to 25: float32's own, after 24 steps and more


@pytest.fixture(scope="module")
def both_ways(tmp_path_factory):
    """(folders of runs one by one, of the same at once), by method."""
    root = tmp_path_factory.mktemp("ways")
    found = {way: {} for way in ("alone", "together")}
    configs = {method: configured(*FEATURES, *SHORT, f"method={method}") for method in METHODS}
    for method, config in configs.items():
        for way, folders in found.items():
            folders[method] = RunFolder(root / way / method)
            folders[method].begin(dataclasses.asdict(config), False)
    with quick_runs():
        for method, folder in found["alone"].items():
            run_experiment(configs[method], folder)
    train_members([(configs[m], folder) for m, folder in found["together"].items()], at_once=12)
    return found["alone"], found["together"]


@pytest.mark.parametrize("method", METHODS)
def test_the_logits_are_those_of_one_by_one(both_ways, method):
    alone, together = (folders[method].predictions() for folders in both_ways)
    assert together.keys() == alone.keys()
    for name in ("logits", "held_out_logits"):
        assert np.abs(alone[name]).max() > 1
        np.testing.assert_allclose(together[name], alone[name], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("method", METHODS)
def test_the_record_has_the_same_entries_and_says_how_it_was_measured(both_ways, method):
    alone, together = (folders[method].metrics() for folders in both_ways)
    assert together.keys() - alone.keys() == {"trained_together"}
    assert alone.keys() - together.keys() <= {"step"}  # what Lightning's validation adds
    for name in ("epochs", "steps", "parameters", "class_counts", "backbone_digest"):
        assert together[name] == alone[name]
    for name, value in alone.items():
        if name.startswith(("test/", "val/")) and value is not None:
            assert together[name] == pytest.approx(value, abs=1e-4), name


def test_what_goes_together_was_trained_together(both_ways):
    counts = {m: folder.metrics()["trained_together"] for m, folder in both_ways[1].items()}
    assert counts["sam"] == 1  # its step looks at all weights of a network
    # One training of four methods, and five others on the same batches.
    assert counts["baseline"] == counts["crt"] == counts["focal"] == counts["ema"] == 9
    assert counts["mixup"] == 1


@pytest.mark.parametrize("method", ["baseline", "ema", "regmixup"])
def test_the_curves_are_the_same(both_ways, method):
    alone, together = (read_curves(folders[method]) for folders in both_ways)
    assert together.keys() == alone.keys() == {1, 2, 3}
    for epoch, logged in alone.items():
        assert together[epoch] == pytest.approx(logged, abs=1e-4)


@pytest.mark.parametrize("method", ["baseline", "tau_norm"])
def test_the_checkpoint_holds_the_tested_weights_and_no_others(both_ways, method):
    folder = both_ways[1][method]
    model = rebuilt(folder.model_checkpoint)
    assert type(model.net.head) is torch.nn.Linear
    own, other = (folders[method].model_checkpoint.stat().st_size for folders in both_ways)
    assert own == pytest.approx(other, rel=0.1)
    assert sorted(p.name for p in folder.path.iterdir() if p.suffix == ".tmp") == []


def test_a_run_that_fails_says_why_and_stops_no_other(tmp_path):
    runs = []
    for weights in ("nowhere.pth", "random"):
        config = configured(*FEATURES, "trainer.max_epochs=1", f"model.weights={weights}")
        runs.append((config, RunFolder(tmp_path / weights)))
        runs[-1][1].begin(dataclasses.asdict(config), False)
    train_members(runs, at_once=4)
    missing, fine = (folder for _, folder in runs)
    assert "model.weights" in missing.error
    assert not missing.is_finished
    assert fine.is_finished


def test_one_that_diverges_in_a_group_leaves_the_others_as_they_are(tmp_path, monkeypatch):
    from ltlight.losses.long_tail_loss import LongTailLoss

    plain = LongTailLoss.each

    def each(self, logits, labels):
        losses = plain(self, logits, labels)
        return losses * torch.nan if "counts" in self.names else losses

    found = {}
    for name, methods in {"alone": ["baseline"], "group": ["baseline", "balanced_softmax"]}.items():
        if name == "group":
            monkeypatch.setattr(LongTailLoss, "each", each)
        runs = []
        for method in methods:
            config = configured(*FEATURES, "trainer.max_epochs=2", f"method={method}")
            runs.append((config, RunFolder(tmp_path / name / method)))
            runs[-1][1].begin(dataclasses.asdict(config), False)
        train_members(runs, at_once=4)
        found[name] = [folder for _, folder in runs]
    assert "not finite" in found["group"][1].error
    logits = [folder.predictions()["logits"] for folder in (found["alone"][0], found["group"][0])]
    np.testing.assert_allclose(*logits, atol=TOLERANCE)
    assert json.loads((found["group"][0].path / "metrics.json").read_text())["steps"] > 0
