"""A sweep on cached features, as a user starts it."""

import json

import pytest
from hydra import compose, initialize_config_dir

from ltlight import launcher
from ltlight.config.panel import left_out
from ltlight.config.schema import CONF
from tests.commands import ltlight, run_here, run_of

pytest.importorskip("timm", reason="an extra: .[pretrained]")
FEATURES = ("model=pretrained", "model.backbone=resnet10t", "model.weights=random")
FEATURES += ("model.image_size=32", "data=digits", "data.ratio=0.05", "trainer=cpu")
SHORT = (*FEATURES, "trainer.max_epochs=1", "trainer.limit_batches=2")


def test_members_are_trained_at_once_and_those_that_are_finished_skipped(tmp_path):
    command = ("-m", *SHORT, "method=baseline,focal,mixup", "name=at_once")
    first = run_here(*command, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout.count("accuracy ") == 3
    assert "\n3 of 3, in " in first.stdout
    record = run_of(tmp_path, "at_once", ratio="0.05").metrics()
    assert record["trained_together"] == 3
    again = run_here(*command, cwd=tmp_path)
    assert again.stdout.count("finished before") == 3
    assert (tmp_path / "outputs/at_once/report.html").exists()


def test_by_hydras_own_launcher_they_go_one_by_one(tmp_path):
    done = run_here("-m", *SHORT, "seed=0,1", "hydra/launcher=basic", "name=one", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "trained_together" not in run_of(tmp_path, "one", ratio="0.05").metrics()


def test_a_member_that_is_refused_stops_no_other(tmp_path):
    done = run_here("-m", *SHORT, "method=baseline,cutmix", "name=mixed", cwd=tmp_path)
    assert done.returncode == 1
    assert "error: 1 of the sweep's members failed" in done.stderr
    assert run_of(tmp_path, "mixed", ratio="0.05").is_finished


def test_several_processes_train_the_groups_of_a_sweep(tmp_path):
    several = ("hydra.launcher.at_once=2", "hydra.launcher.processes=2", "name=several")
    methods = "method=baseline,crt,mixup"
    done = ltlight("-m", *SHORT, "seed=0", methods, *several, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    finished = [*tmp_path.glob("outputs/**/metrics.json")]
    together = [json.loads(f.read_text())["trained_together"] for f in finished]
    assert sorted(together) == [3, 3, 3]  # crt begins with the training of the baseline
    assert "3 of 3, in " in done.stdout + done.stderr  # as its processes say it


def test_what_a_panel_goes_without_is_said_in_a_line(caplog):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        for experiment in ("panel", "features_panel"):
            cfg = compose("config", [f"experiment={experiment}"], return_hydra_config=True)
            with caplog.at_level("INFO"):
                launcher._say_left_out(cfg)
    [said] = caplog.messages
    assert said.endswith(": " + ", ".join(left_out("pretrained", "head", 1)))
