"""The real commands, in processes of their own, on real images."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ltlight.config.schema import CONF
from ltlight.runs.run_folder import RunFolder
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.run import run_experiment
from tests.conftest import ltlight

# Digits at a twentieth of the width: a step takes milliseconds.
TINY = ("data=digits", "trainer=cpu", "model.width=0.05", "optim.lr=0.01", "trainer.max_epochs=2")


def run_of(tmp_path, name, ratio="1.0", method="baseline", seed=0, data="digits") -> RunFolder:
    path = f"outputs/{name}/{data}/ratio={ratio}/method={method}/seed={seed}"
    return RunFolder(tmp_path / path)


def test_one_run_leaves_a_whole_run_folder(tmp_path):
    done = ltlight(*TINY, "data.ratio=0.02", "method=improved", "name=one", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = run_of(tmp_path, "one", "0.02", "improved")
    metrics = folder.metrics()
    assert metrics["class_counts"] == [120, 81, 54, 37, 25, 16, 11, 7, 5, 3]
    assert metrics["steps"] == 2 * 12  # ceil(359 / 32) batches an epoch
    assert metrics["images_per_second"] > 0
    assert metrics["versions"]["torch"] == torch.__version__.split("+")[0]
    arrays = folder.predictions()
    right = arrays["logits"].argmax(1) == arrays["targets"]
    assert metrics["test/accuracy"] == pytest.approx(right.mean())
    weights = torch.load(folder.model_checkpoint, weights_only=True)["state_dict"]
    assert "net.feature.0.weight" in weights
    assert not folder.last_checkpoint.exists()
    events = EventAccumulator(str(folder.path / "tensorboard")).Reload()
    assert {"train/loss", "test/f1_macro"} <= set(events.Tags()["scalars"])
    assert [e.step for e in events.Scalars("train/loss")] == [1, 2]


def test_sweep_skips_what_is_finished_and_names_what_failed(tmp_path):
    sweep = ("-m", *TINY, "name=s", "method=baseline,improved", "trainer.max_epochs=1")
    failing = ltlight(*sweep, "data.ratio=0.1,0.0001", cwd=tmp_path)
    assert failing.returncode == 1
    assert "Traceback" not in failing.stderr
    last = failing.stderr.strip().splitlines()[-1]
    assert last.startswith("error: 2 of the sweep's members failed: ")
    assert "data.ratio=0.0001 leaves class 6, 7, 8, 9 without images" in last
    assert "improved" in failing.stdout
    finished = run_of(tmp_path, "s", "0.1", "improved").path / "metrics.json"
    stamp = finished.stat().st_mtime_ns

    again = ltlight(*sweep, "data.ratio=0.1,0.05", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("finished before") == 2
    assert finished.stat().st_mtime_ns == stamp
    rows = list(csv.DictReader((tmp_path / "outputs/s/results.csv").open()))
    assert [(r["ratio"], r["method"]) for r in rows] == [
        *[("0.1", "baseline"), ("0.1", "improved")],
        *[("0.05", "baseline"), ("0.05", "improved")],
    ]
    recorded = json.loads(finished.read_text())["test/accuracy"]
    assert float(rows[1]["test/accuracy"]) == recorded
    assert "| digits | 0.1 | improved |" in (tmp_path / "outputs/s/results.md").read_text()

    (tmp_path / "outputs/s/results.md").unlink()
    rebuilt = ltlight("outputs/s", cwd=tmp_path, module="ltlight.report")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert (tmp_path / "outputs/s/results.md").exists()


def test_members_differing_in_another_key_are_told_apart_by_the_methods_name(tmp_path):
    named = ("name=lrs", "method.name='baseline_lr${optim.lr}'", "optim.lr=0.01,0.02")
    done = ltlight("-m", *TINY, "trainer.max_epochs=1", *named, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for lr in ("0.01", "0.02"):
        assert run_of(tmp_path, "lrs", method=f"baseline_lr{lr}").is_finished
    several = ltlight("-m", *TINY, "name=a,b", cwd=tmp_path)
    assert several.returncode == 1
    assert several.stderr.startswith("error: name=a,b: a sweep has one name")


def test_a_fault_of_the_report_is_not_hidden(tmp_path):
    """Hydra makes a warning of what a callback raises and exits with 0."""
    fault = "import ltlight.report.sweep_callback as s; s.report = lambda *a: 1 / 0; "
    main = "from ltlight.train import cli; cli()"
    arguments = ["-m", *TINY, "name=f", "trainer.max_epochs=1"]
    done = subprocess.run(
        [sys.executable, "-c", fault + main, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert run_of(tmp_path, "f").is_finished


def test_interrupted_run_goes_on_to_the_same_end(tmp_path, monkeypatch):
    overrides = [*TINY, "method=improved", "trainer.max_epochs=4", "data.ratio=0.02"]
    overrides += ["trainer.checkpoint_every_n_epochs=1"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", overrides=overrides)
    straight, interrupted = RunFolder(tmp_path / "straight"), RunFolder(tmp_path / "interrupted")
    run_experiment(cfg, straight)

    original = LongTailClassifier.on_train_epoch_start

    def power_cut(self):
        if self.current_epoch == 2:
            raise RuntimeError("power cut")
        original(self)

    monkeypatch.setattr(LongTailClassifier, "on_train_epoch_start", power_cut)
    with pytest.raises(RuntimeError, match="power cut"):
        run_experiment(cfg, interrupted)
    assert interrupted.last_checkpoint.exists()
    monkeypatch.setattr(LongTailClassifier, "on_train_epoch_start", original)
    run_experiment(cfg, interrupted)
    np.testing.assert_array_equal(
        straight.predictions()["logits"], interrupted.predictions()["logits"]
    )
    epochs = [json.loads(line)["epoch"] for line in interrupted.curves.read_text().splitlines()]
    assert sorted(set(epochs)) == [1, 2, 3, 4]


def test_weights_of_a_run_can_be_tested_again(tmp_path):
    assert ltlight(*TINY, "name=first", cwd=tmp_path).returncode == 0
    first = run_of(tmp_path, "first")
    again = ltlight(
        *TINY[:-1],
        *("name=again", "trainer.max_epochs=0", f"model.checkpoint='{first.model_checkpoint}'"),
        cwd=tmp_path,
    )
    assert again.returncode == 0, again.stderr
    np.testing.assert_allclose(
        run_of(tmp_path, "again").predictions()["logits"],
        first.predictions()["logits"],
        atol=1e-5,
    )


def test_best_epoch_of_a_held_out_split_is_kept(tmp_path):
    arguments = ("data.val_fraction=0.2", "trainer.check_val_every_n_epoch=1", "name=val")
    done = ltlight(*TINY[:-1], "trainer.max_epochs=3", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = run_of(tmp_path, "val")
    assert sum(folder.metrics()["class_counts"]) == 1200 - 10 * 24
    best = torch.load(folder.path / "best.ckpt", weights_only=True)["state_dict"]
    kept = torch.load(folder.model_checkpoint, weights_only=True)["state_dict"]
    assert all(torch.equal(best[name], kept[name]) for name in best)
    curves = [json.loads(line) for line in folder.curves.read_text().splitlines()]
    during = [c for c in curves[:-1] if "test/accuracy" in c]
    assert not during  # the test set was not looked at before the end
    assert sum("val/f1_macro" in c for c in curves) == 3


def test_idc_with_the_structure_fitted(tmp_path, idc_root):
    arguments = (f"data.root={idc_root}", "data.image_size=50", "model.width=0.05", "name=i")
    done = ltlight("data=idc", "trainer=debug", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    metrics = run_of(tmp_path, "i", data="idc").metrics()
    assert metrics["class_counts"] == [772, 76]
    assert metrics["class_names"] == ["IDC(-)", "IDC(+)"]


def test_own_folder_by_two_ranks(tmp_path, digit_tree):
    """torchrun starts the ranks; rank 0 alone writes."""
    arguments = ["--nproc-per-node=2", "--master-port=29611", "-m", "ltlight.train"]
    arguments += ["data=folder", f"data.root={digit_tree}", *TINY[1:], "trainer.devices=2"]
    done = ltlight(*arguments, "name=two", cwd=tmp_path, module="torch.distributed.run")
    assert done.returncode == 0, done.stderr
    metrics = run_of(tmp_path, "two", data="folder").metrics()
    assert metrics["steps"] == 2 * 2  # 120 images are 60 a rank, two batches
    assert len(run_of(tmp_path, "two", data="folder").predictions()["targets"]) == 60


BAD_COMMANDS = {
    "not a number": (["data.ratio=abc"], "data.ratio"),
    "zero": (["data.ratio=0"], "data.ratio=0.0 must be above 0"),
    "class without images": (["data.ratio=0.0001"], "leaves class 6, 7, 8, 9 without images"),
    "unknown method": (["method=magic"], "baseline"),
    "unknown data": (["data=imagenet"], "cifar50"),
    "unquoted path": (["model.checkpoint=a/seed=0/model.ckpt"], "quote a value that holds ="),
    "unknown key": (["data.ratoi=0.1"], "ratoi"),
    "no root": (["data=folder"], "data.root is not set"),
    "absent root": (["data=folder", "data.root=nowhere"], "data.root=nowhere is not a folder"),
    "unfit weights": (["model.checkpoint={checkpoint}"], "doesn't fit the model"),
    "endless loss": (["optim.lr=1e30"], "the loss is not finite at epoch 0, step"),
    "unreadable picture": (["data=folder", "data.root={broken}"], "001.png"),
}


@pytest.mark.parametrize("case", BAD_COMMANDS)
def test_bad_input_is_one_clear_line(tmp_path, digit_tree, case):
    broken = digit_tree / "train" / "3" / "001.png"
    if case == "unreadable picture":
        broken.write_bytes(broken.read_bytes()[:60])
    checkpoint = tmp_path / "model.ckpt"
    torch.save({"state_dict": {"net.feature.0.weight": torch.zeros(1)}}, checkpoint)
    overrides, expected = BAD_COMMANDS[case]
    overrides = [o.format(checkpoint=checkpoint, broken=digit_tree) for o in overrides]
    done = ltlight(*TINY, *overrides, cwd=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("error: ")
    assert expected in line


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_gpu_that_is_not_there(tmp_path):
    done = ltlight(*TINY, "trainer=gpu", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "error: trainer.accelerator=gpu, but there is no GPU here: take trainer=cpu"
    )


def test_changed_configuration_is_refused_and_the_run_stays(tmp_path):
    assert ltlight(*TINY, cwd=tmp_path).returncode == 0
    metrics = (run_of(tmp_path, "sweep").path / "metrics.json").read_text()
    changed = ltlight(*TINY, "optim.lr=0.02", cwd=tmp_path)
    assert changed.returncode == 1
    assert "optim.lr 0.01 → 0.02" in changed.stderr
    assert (run_of(tmp_path, "sweep").path / "metrics.json").read_text() == metrics


def test_unreadable_pictures_can_be_skipped(tmp_path, digit_tree):
    Image.new("RGB", (8, 8)).save(digit_tree / "train" / "3" / "small.png")
    (digit_tree / "train" / "3" / "000.png").write_text("broken")
    arguments = ("data=folder", f"data.root={digit_tree}", "data.on_bad_file=skip")
    done = ltlight(*TINY, *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "passed over: 1 of 121 images can't be read" in done.stdout
    reported = ltlight("outputs/sweep", cwd=tmp_path, module="ltlight.report")
    assert "natural" in reported.stdout  # kept as imbalanced as it is: it has no ratio
    assert sum(run_of(tmp_path, "sweep", data="folder").metrics()["class_counts"]) == 120
