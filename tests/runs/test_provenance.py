import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from ltlight.runs import provenance as module
from ltlight.runs.provenance import device_name, git_commit, provenance


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """A repository of this one module, which believes to lie in it."""
    copy = Path(shutil.copy(module.__file__, tmp_path))
    monkeypatch.setattr(module, "__file__", str(copy))
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_command_can_be_given_again(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["train.py", "method.name='a b'", "data=digits"])
    found = provenance(torch.device("cpu"))
    assert found["command"] == (
        """python -m ltlight.train 'method.name='"'"'a b'"'"'' data=digits"""
    )


def test_versions_are_the_installed_ones():
    found = provenance(torch.device("cpu"))
    versions = found["versions"]
    assert versions["torch"] == version("torch")
    assert versions["ltlight"] == version("ltlight")
    assert versions["python"] == ".".join(map(str, sys.version_info[:3]))
    assert set(versions) == {"ltlight", "python", *module.PACKAGES}
    assert found["threads"] == torch.get_num_threads()
    assert found["finished_at"].endswith("+00:00")


def test_the_processor_is_named(monkeypatch, tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nflags\t: a b\n")
    monkeypatch.setattr(module, "Path", lambda _: cpuinfo)
    assert device_name(torch.device("cpu")) == "Some CPU @ 2 GHz"
    cpuinfo.write_text("processor\t: 0\n")
    monkeypatch.setattr(module.platform, "processor", lambda: "arm")
    assert device_name(torch.device("cpu")) == "arm"
    monkeypatch.setattr(module.platform, "processor", lambda: "")
    assert device_name(torch.device("mps")) == "mps"


def test_the_commit_is_that_of_the_code_and_changes_show(checkout):
    git(checkout, "init")
    git(checkout, "add", ".")
    git(checkout, "commit", "-m", "all")
    commit = git(checkout, "rev-parse", "HEAD")
    assert git_commit() == commit
    (checkout / "provenance.py").write_text("# changed")
    assert git_commit() == f"{commit}+changes"


def test_another_projects_checkout_is_not_ours(checkout):
    git(checkout, "init")
    git(checkout, "commit", "--allow-empty", "-m", "nothing of ours")
    assert git_commit() is None


def test_outside_a_checkout_there_is_no_commit(checkout, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(checkout.parent))
    assert git_commit() is None


def test_without_git_there_is_no_commit(checkout, monkeypatch):
    monkeypatch.setenv("PATH", str(checkout))
    assert git_commit() is None


def test_the_load_of_the_machine_is_recorded_where_it_is_told(monkeypatch):
    monkeypatch.setattr(module.os, "getloadavg", lambda: (1.234, 5.0, 6.0))
    assert provenance(torch.device("cpu"))["load"] == 1.23

    def unknown():
        raise OSError

    monkeypatch.setattr(module.os, "getloadavg", unknown)
    assert provenance(torch.device("cpu"))["load"] is None
