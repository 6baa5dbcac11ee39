"""The launchers of conf/hydra/launcher: what each member may use, and how an early end is told."""

import os
import tomllib
from pathlib import Path

import pytest
import yaml
from omegaconf import DictConfig, OmegaConf

from ltlight.config import launchers
from ltlight.config.launchers import cores_of_member, ended_early, kind_of, share_cores
from ltlight.config.plain_words import plain_words
from ltlight.config.schema import CONF
from ltlight.config.targets import TARGETS
from ltlight.cores import SHARE, allowed_cores, threads_are_chosen
from tests.commands import REPOSITORY

# Ours, "together", needs no extra.
FILES = sorted(f for f in (CONF / "hydra/launcher").glob("*.yaml") if f.stem != "together")
EXTRAS = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"][
    "optional-dependencies"
]


def launcher(name: str, *changes: str) -> DictConfig:
    """A file of conf/hydra/launcher, with changes."""
    read = OmegaConf.create(yaml.safe_load((CONF / f"hydra/launcher/{name}.yaml").read_text()))
    return OmegaConf.merge(read, OmegaConf.from_dotlist(list(changes)))


@pytest.fixture
def eight_cores(monkeypatch):
    """And nobody has chosen a number of threads."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setenv("OMP_NUM_THREADS", "8")  # so that what is set is put back
    monkeypatch.setenv(SHARE, "8")
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.delenv(SHARE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_says_what_it_is_and_what_it_needs(file: Path):
    text, name = file.read_text(), file.stem
    extra = name.partition("_")[0]
    assert text.startswith("# ")
    assert f"pip install -e '.[{extra}]'" in text
    assert f"hydra/launcher={name}" in text
    assert any(f"hydra-{extra}-launcher" in needed for needed in EXTRAS[extra])
    assert TARGETS.fullmatch(launcher(name)._target_)


@pytest.mark.usefixtures("eight_cores")
@pytest.mark.parametrize(
    ("name", "changes", "cores"),
    [
        ("joblib", (), 1),
        ("joblib", ("n_jobs=2",), 4),
        ("joblib", ("n_jobs=3",), 2),
        ("joblib", ("n_jobs=-5",), 2),  # four at once
        ("joblib", ("n_jobs=16",), 1),
        ("submitit_local", (), 1),
        ("submitit_local", ("cpus_per_task=3",), 3),
        ("submitit_slurm", (), 4),
        ("ray", (), 1),
        ("ray", ("ray.remote.num_cpus=2",), 2),
    ],
)
def test_members_share_the_cores(name, changes, cores):
    assert cores_of_member(launcher(name, *changes)) == cores
    share_cores(launcher(name, *changes))
    assert os.environ["OMP_NUM_THREADS"] == os.environ[SHARE] == str(cores)
    assert allowed_cores() == min(8, cores)  # what a member that starts now is told
    assert not threads_are_chosen()  # a small network may take fewer


@pytest.mark.usefixtures("eight_cores")
def test_members_one_after_the_other_have_all_cores():
    basic = OmegaConf.create(
        {"_target_": "hydra._internal.core_plugins.basic_launcher.BasicLauncher"}
    )
    assert kind_of(basic) == kind_of({}) == launchers.BASIC
    share_cores(basic)
    assert SHARE not in os.environ
    assert allowed_cores() == 8


@pytest.mark.usefixtures("eight_cores")
def test_the_user_has_the_last_word(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    share_cores(launcher("joblib"))
    assert os.environ["OMP_NUM_THREADS"] == "2"
    assert threads_are_chosen()
    assert allowed_cores() == 8


def test_a_process_that_was_killed_is_told_in_one_line():
    class TerminatedWorkerError(RuntimeError):
        __module__ = "joblib.externals.loky.process_executor"

    told = ended_early(TerminatedWorkerError("A worker process was\nunexpectedly terminated"))
    assert told.startswith(
        "a process of joblib ended before its member did (TerminatedWorkerError: "
    )
    assert "\n" not in told
    assert ended_early(RuntimeError("anything else")) is None


@pytest.mark.parametrize("extra", ["joblib", "submitit", "ray"])
def test_an_extra_that_is_not_installed_is_named(extra):
    name = f"hydra_plugins.hydra_{extra}_launcher.{extra}_launcher.Launcher"
    told = plain_words(RuntimeError(f"Unknown plugin class : '{name}'"))
    assert told.startswith(f"hydra-{extra}-launcher is not installed")
    assert told.endswith(f"pip install --editable '.[{extra}]'")
