"""A few of the kills of `make stress`."""

import os
import subprocess
import sys

from tests.commands import ENVIRONMENT, REPOSITORY


def test_a_few_random_kills_change_nothing():
    """In a process of its own: it forks, which a test's process with threads must not."""
    command = [sys.executable, "-m", "tests.stress", "--points", "3", "--only", "second stage"]
    environment = os.environ | ENVIRONMENT
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n0 faults" in done.stdout
