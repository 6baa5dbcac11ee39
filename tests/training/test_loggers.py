"""Trackers beside a real run: a server of MLflow, Weights & Biases offline, and what is refused."""

import json
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from ltlight.runs.curves import read_curves
from ltlight.training.loggers import distinguishing
from tests.commands import SHORT, run_here, run_of
from tests.parts import configured

needs_mlflow = pytest.mark.skipif(find_spec("mlflow") is None, reason="an extra: .[mlflow]")
needs_wandb = pytest.mark.skipif(find_spec("wandb") is None, reason="an extra: .[wandb]")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(tmp_path):
    """The address of a real MLflow server with an empty database."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    store = f"sqlite:///{tmp_path / 'mlflow.db'}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--backend-store-uri", store, "--workers", "1"]
    with (tmp_path / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path)
    try:
        for _ in range(600):
            try:
                urlopen(f"{address}/health", timeout=5)
                break
            except (URLError, OSError):
                assert process.poll() is None, (tmp_path / "server.log").read_text()
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(30)


@needs_mlflow
def test_a_server_of_mlflow_has_every_member_with_its_metrics(server, tmp_path):
    from mlflow.tracking import MlflowClient

    told = (*SHORT, "trainer.max_epochs=2", "logger=mlflow", f"logger.mlflow_uri={server}")
    done = run_here("-m", *told, "name=tracked", "method=baseline,crt", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    client = MlflowClient(server)
    experiment = client.get_experiment_by_name("tracked")
    runs = {
        run.data.params["method.name"]: run
        for run in client.search_runs([experiment.experiment_id])
    }
    assert {*runs} == {"baseline", "crt"}
    for method, run in runs.items():
        folder = run_of(tmp_path, "tracked", method=method)
        final = folder.metrics()
        assert run.info.status == "FINISHED"
        assert run.info.run_name == f"ratio=1.0/method={method}/seed=0"
        assert run.data.metrics["final/accuracy"] == pytest.approx(final["test/accuracy"])
        losses = client.get_metric_history(run.info.run_id, "train/loss")
        wanted = {epoch: metrics["train/loss"] for epoch, metrics in read_curves(folder).items()}
        assert {m.step: m.value for m in losses} == pytest.approx(wanted)
        assert folder.tracked_as("mlflow") == run.info.run_id


@needs_mlflow
def test_a_server_that_does_not_answer_is_a_line_before_the_training(tmp_path):
    address = f"http://127.0.0.1:{free_port()}"
    done = run_here(*SHORT, "logger=mlflow", f"logger.mlflow_uri={address}", cwd=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"error: logger.mlflow_uri={address} can't be tracked to")
    assert not list(tmp_path.glob("outputs/**/last.ckpt"))


@needs_wandb
def test_weights_and_biases_keep_a_run_each_offline(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    done = run_here("-m", *SHORT, "logger=wandb", "method=baseline,sampler", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    names = set()
    for method in ("baseline", "sampler"):
        folder = run_of(tmp_path, "sweep", method=method)
        (kept,) = folder.path.glob("wandb/offline-run-*")
        assert list(kept.glob("*.wandb"))
        assert kept.name.endswith(folder.tracked_as("wandb"))
        names.add(kept.name)
    assert len(names) == 2  # the second member is a run of its own


@pytest.mark.parametrize("name", ["mlflow", "wandb"])
def test_one_that_is_not_installed_is_a_line(name, tmp_path, monkeypatch):
    logger = {"mlflow": "MLFlowLogger", "wandb": "WandbLogger"}[name]

    def absent(*_: object, **__: object) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(f"ltlight.training.loggers.{logger}", absent)
    done = run_here(*SHORT, f"logger={name}", cwd=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"error: logger={name} needs {name}, which is an extra")


def test_none_is_allowed(tmp_path):
    done = run_here(*SHORT, "logger=[]", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = run_of(tmp_path, "sweep")
    assert not (run.path / "tensorboard").exists()
    assert read_curves(run)


def test_what_trackers_call_a_run_is_kept_until_it_is_made_anew(tmp_path):
    done = run_here(*SHORT, "logger=csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = run_of(tmp_path, "sweep")
    run.track_as("wandb", "abc")
    assert run.tracked_as("wandb") == "abc"
    (run.path / "trackers.json").write_text(json.dumps([1]))
    assert run.tracked_as("wandb") is None
    again = run_here(*SHORT, "overwrite=true", cwd=Path(tmp_path))
    assert again.returncode == 0, again.stderr
    assert not (run.path / "trackers.json").exists()
    assert not (run.path / "curves.csv").exists()


def test_members_of_a_sweep_are_told_apart_by_what_is_computed():
    found = distinguishing(configured("data.ratio=0.1", "seed=3", "method.ema=0.5"))
    assert (found["data.ratio"], found["seed"], found["method.ema"]) == (0.1, 3, 0.5)
    assert not {"name", "overwrite", "data.root", "trainer.accelerator"} & set(found)
