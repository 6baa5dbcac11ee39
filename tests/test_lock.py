"""A lock keeps other processes out, and none that is dead."""

import os
import subprocess
import sys

import pytest

from ltlight.lock import InUse, locked
from tests.commands import REPOSITORY

HOLD = """
import sys, time
from pathlib import Path
from ltlight.lock import locked
with locked(Path(sys.argv[1]), "the folder", wait=False):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / ".lock")]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_another_process_is_named(holder, tmp_path):
    with (
        pytest.raises(InUse, match=f"^the folder is in use by process {holder.pid} on "),
        locked(tmp_path / ".lock", "the folder", wait=False),
    ):
        pytest.fail("two at once")


def test_one_that_waits_says_so_once_and_goes_on_when_the_other_is_killed(
    holder, tmp_path, monkeypatch
):
    told = []

    def tell(text: str, *named: str) -> None:
        told.append(text % named)
        holder.kill()

    monkeypatch.setattr("ltlight.lock.log.warning", tell)
    with locked(tmp_path / ".lock", "the folder", wait=True):
        assert holder.wait(30) != 0
    [line] = told
    assert line.startswith(f"waiting for the folder, which is in use by process {holder.pid} on ")


def test_a_lock_is_let_go_whatever_happens_under_it(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyError), locked(tmp_path / ".lock", "the folder", wait=False):
            raise KeyError
