"""The end of a sweep: its report, and the exit status that tells of its failures."""

import json
import os
import time

import pytest
from omegaconf import DictConfig, OmegaConf

from ltlight.report import sweep_callback
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sweep_callback import SweepReport, members_of
from ltlight.runs import swept
from ltlight.runs.run_folder import RunFolder
from ltlight.sweep_progress import VARIABLE


@pytest.fixture(autouse=True)
def _environment_put_back(monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setenv(swept.VARIABLE, "")


def config(folder, *overrides: str) -> DictConfig:
    hydra = {"sweep": {"dir": str(folder)}, "sweeper": {}, "overrides": {"task": list(overrides)}}
    return OmegaConf.create({"hydra": hydra})


@pytest.fixture
def callback(sweep_folder):
    """As Hydra starts it."""
    started = SweepReport()
    started.on_multirun_start(config(sweep_folder))
    return started


def test_the_end_of_a_sweep_is_its_report(callback, sweep_folder, capsys):
    callback.on_multirun_end(config(sweep_folder))
    printed = capsys.readouterr().out
    assert "Undecided with 2 seeds: " in printed
    assert (sweep_folder / "report.html").exists()
    assert printed.splitlines()[-1] == f"open {(sweep_folder / 'report.html').as_uri()}"


@pytest.fixture
def read_only(monkeypatch):
    """The sweep is read as ever, and nothing drawn."""
    monkeypatch.setattr(sweep_callback, "report", lambda folder, _: read_sweep(folder))


@pytest.mark.usefixtures("read_only")
def test_members_that_failed_now_are_named_and_it_ends_in_1(callback, sweep_folder):
    run = RunFolder(sweep_folder / "toy/ratio=0.02/method=improved/seed=1")
    (run.path / "metrics.json").unlink()
    run.fail("Traceback …\nValueError: no")
    with pytest.raises(SystemExit) as stopped:
        callback.on_multirun_end(config(sweep_folder))
    assert stopped.value.code == (
        f"error: 1 of the sweep's members failed: {run.path}: ValueError: no"
    )


@pytest.mark.usefixtures("read_only")
def test_a_failure_of_an_earlier_sweep_is_not_this_ones(callback, sweep_folder):
    run = RunFolder(sweep_folder / "toy/ratio=0.02/method=improved/seed=1")
    (run.path / "metrics.json").unlink()
    run.fail("ValueError: no")
    hour_ago = time.time() - 3600
    os.utime(run.path / "error.txt", (hour_ago, hour_ago))
    callback.on_multirun_end(config(sweep_folder))  # without SystemExit
    (run.path / "error.txt").touch()
    with pytest.raises(SystemExit, match="1 of the sweep's members failed"):
        callback.on_multirun_end(config(sweep_folder))


def test_a_sweep_of_several_names_is_refused_before_it_starts(tmp_path):
    with pytest.raises(SystemExit, match=r"error: name=a,b: a sweep has one name"):
        SweepReport().on_multirun_start(config(tmp_path, "seed=0,1", "name=a,b"))
    SweepReport().on_multirun_start(config(tmp_path, "seed=0,1", "name=a"))


def test_a_sweep_that_cannot_be_read_is_one_line(callback, sweep_folder):
    file = sweep_folder / "toy/ratio=0.02/method=improved/seed=1/metrics.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"class_names": list("abcde")}))
    with pytest.raises(SystemExit, match=r"^error: .*tested on different images"):
        callback.on_multirun_end(config(sweep_folder))


def test_a_fault_of_the_report_ends_in_1_with_its_traceback(
    callback, sweep_folder, monkeypatch, capsys
):
    """Hydra would make a warning of what a callback raises and exit with 0."""
    monkeypatch.setattr(sweep_callback, "report", lambda *_: 1 / 0)
    with pytest.raises(SystemExit) as stopped:
        callback.on_multirun_end(config(sweep_folder))
    assert stopped.value.code == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_only_the_first_rank_reports(callback, sweep_folder, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    callback.on_multirun_end(config(sweep_folder))
    assert not (sweep_folder / "report.html").exists()


@pytest.mark.parametrize(
    ("params", "overrides", "members"),
    [
        ({}, ["seed=0,1,2", "method=baseline,improved", "data=digits"], 6),
        ({"seed": "0,1", "method": "a,b,c"}, ["seed=range(5)"], 15),  # the command line's
        ({"method": "a,b"}, ["method=a"], 1),
        ({}, ["method=glob(*)"], None),  # which files there are is Hydra's to see
    ],
)
def test_the_members_of_a_sweep_are_counted_before_it_starts(params, overrides, members):
    hydra = {"sweeper": {"params": params or None}, "overrides": {"task": overrides}}
    assert members_of(OmegaConf.create(hydra)) == members


def test_a_search_has_as_many_members_as_trials():
    assert members_of(OmegaConf.create({"sweeper": {"n_trials": 40}})) == 40


def test_members_are_told_what_is_swept(tmp_path):
    of = config(tmp_path, "seed=0,1", "method=baseline", "+data.folds=range(3)", "name=a")
    of.hydra.sweeper = {"params": {"method": "baseline,improved", "data.ratio": "0.1,0.2"}}
    SweepReport().on_multirun_start(of)
    assert os.environ[swept.VARIABLE] == "data.ratio,seed,data.folds"  # of one method
