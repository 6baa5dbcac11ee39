"""A process that decodes doesn't outlive the one that started it."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.commands import REPOSITORY

PARENT = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from ltlight.data.sources.decode_chunk import end_with_parent

if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=end_with_parent) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 60).result()
"""


def is_there(process: int) -> bool:
    """Not counting one that has ended and waits for being asked how."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    command, environment = [sys.executable, str(script)], os.environ | {"PYTHONPATH": REPOSITORY}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        worker = int(parent.stdout.readline())
        assert is_there(worker)
        parent.kill()
    deadline = time.monotonic() + 20
    while is_there(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_there(worker)
