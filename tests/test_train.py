"""The real command on real images: sweeps, a held-out split, files of one's own."""

import csv
import json
import os
import signal

import pytest
import torch
from PIL import Image

from ltlight.interruption import Interrupted, defer, heeding
from ltlight.train import PlainRecord, raised_first
from ltlight.training.classifier import LongTailClassifier
from tests.commands import SHORT, TINY, run_here, run_of


def test_sweep_skips_what_is_finished_and_names_what_failed(tmp_path):
    sweep = ("-m", *SHORT, "name=s", "method=baseline,improved")
    failing = run_here(*sweep, "data.ratio=0.1,0.0001", cwd=tmp_path)
    assert failing.returncode == 1
    assert "Traceback" not in failing.stderr
    last = failing.stderr.strip().splitlines()[-1]
    assert last.startswith("error: 2 of the sweep's members failed: ")
    assert "data.ratio=0.0001 leaves class 6, 7, 8, 9 without images" in last
    assert "improved" in failing.stdout
    metrics = run_of(tmp_path, "s", "0.1", "improved").path / "metrics.json"
    stamp = metrics.stat().st_mtime_ns

    again = run_here(*sweep, "data.ratio=0.1,0.05", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("finished before") == 2
    assert metrics.stat().st_mtime_ns == stamp
    with (tmp_path / "outputs/s/results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(r["ratio"], r["method"]) for r in rows] == [
        ("0.1", "baseline"),
        ("0.1", "improved"),
        ("0.05", "baseline"),
        ("0.05", "improved"),
    ]
    recorded = json.loads(metrics.read_text())["test/accuracy"]
    assert float(rows[1]["test/accuracy"]) == recorded
    written = tmp_path / "outputs/s/results.md"
    text = written.read_text()
    assert "| digits | 0.1 | improved |" in text

    written.unlink()
    rebuilt = run_here("outputs/s", cwd=tmp_path, module="ltlight.report")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert written.read_text() == text


def test_a_signal_stops_the_sweep_which_the_same_command_goes_on_with(tmp_path, monkeypatch):
    sweep = ("-m", *SHORT, "name=s", "seed=0,1")
    step, begun = LongTailClassifier.training_step, []

    def interrupted(self, batch, batch_idx):
        begun.append(self.seed)
        if len(begun) == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return step(self, batch, batch_idx)

    monkeypatch.setattr(LongTailClassifier, "training_step", interrupted)
    cut = run_here(*sweep, cwd=tmp_path)
    assert cut.returncode == 130
    member = run_of(tmp_path, "s").path.relative_to(tmp_path)
    assert cut.stderr == (
        "interrupted by Ctrl-C: saved after 0 of 1 epochs and 1 of 2 batches in "
        f"{member}/last.ckpt: the same command goes on there; the sweep stops here (ltlight report "
        "outputs/s makes the report of what is finished)\n"
    )
    assert not (tmp_path / "outputs/s/results.md").exists()
    done = run_here(*sweep, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert begun == [0, 0, 1, 1]  # no step twice
    assert (tmp_path / "outputs/s/results.md").exists()


@pytest.mark.parametrize(("signalled", "raised"), [(True, Interrupted), (False, RuntimeError)])
def test_after_a_signal_no_other_error_counts(signalled, raised):
    def end() -> None:
        defer()
        if signalled:
            os.kill(os.getpid(), signal.SIGTERM)
        raise RuntimeError("connection closed by peer")

    with pytest.raises(raised), heeding("all is kept"), raised_first():
        end()


def test_members_differing_in_another_key_are_told_apart_by_the_methods_name(tmp_path):
    named = ("name=lrs", "method.name='baseline_lr${optim.lr}'", "optim.lr=0.01,0.02")
    done = run_here("-m", *SHORT, *named, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for lr in (0.01, 0.02):
        member = run_of(tmp_path, "lrs", method=f"baseline_lr{lr}")
        assert member.is_finished
        assert member.config()["optim"]["lr"] == lr


def test_a_sweep_of_several_names_is_refused(tmp_path):
    several = run_here("-m", *SHORT, "name=a,b", cwd=tmp_path)
    assert several.returncode == 1
    assert several.stderr.startswith("error: name=a,b: a sweep has one name")
    assert not list(tmp_path.glob("outputs/**/config.yaml"))


def test_best_epoch_of_a_held_out_split_is_kept(tmp_path):
    arguments = ("data.val_fraction=0.2", "trainer.check_val_every_n_epoch=1", "name=val")
    arguments += ("trainer.max_epochs=3", "trainer.limit_batches=6")
    done = run_here(*TINY, *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = run_of(tmp_path, "val")
    assert sum(folder.metrics()["class_counts"]) == 1200 - 10 * 24
    best = torch.load(folder.path / "best.ckpt", weights_only=True)
    kept = torch.load(folder.model_checkpoint, weights_only=True)["state_dict"]
    assert all(torch.equal(best["state_dict"][name], kept[name]) for name in kept)
    curves = [json.loads(line) for line in folder.curves.read_text().splitlines()]
    during = [c for c in curves[:-1] if "test/accuracy" in c]
    assert not during  # the test set was not looked at before the end
    validated = [c for c in curves if "val/f1_macro" in c]
    assert [c["epoch"] for c in validated] == [1, 2, 3]
    assert best["epoch"] + 1 == max(validated, key=lambda c: c["val/f1_macro"])["epoch"]


def test_idc_with_the_structure_fitted(tmp_path, idc_root):
    arguments = (f"data.root={idc_root}", "data.image_size=50", "model.width=0.03", "name=i")
    done = run_here("data=idc", "trainer=debug", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    metrics = run_of(tmp_path, "i", data="idc").metrics()
    assert metrics["class_counts"] == [772, 76]
    assert metrics["class_names"] == ["IDC(-)", "IDC(+)"]


def test_unreadable_pictures_can_be_skipped(tmp_path, digit_tree):
    Image.new("RGB", (8, 8)).save(digit_tree / "train" / "3" / "small.png")
    (digit_tree / "train" / "3" / "000.png").write_text("broken")
    arguments = ("data=folder", f"data.root={digit_tree}", "data.on_bad_file=skip")
    done = run_here(*SHORT, *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "passed over: 1 of 181 images can't be read" in done.stdout
    reported = run_here("outputs/sweep", cwd=tmp_path, module="ltlight.report")
    assert reported.returncode == 0, reported.stderr
    assert "natural" in reported.stdout  # kept as imbalanced as it is: it has no ratio
    assert sum(run_of(tmp_path, "sweep", data="folder").metrics()["class_counts"]) == 120


def test_what_is_logged_keeps_lines_and_tabs_and_commands_no_terminal():
    record = PlainRecord("a", 20, "a.py", 1, "\t#%d : %s\nnext", (3, "\x1b[31mred"), None)
    assert record.getMessage() == "\t#3 : \\x1b[31mred\nnext"
