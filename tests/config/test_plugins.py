import os
import subprocess
import sys

from tests.commands import REPOSITORY

FIND = """
import ltlight.config.compose
from hydra.core.plugins import Plugins
assert "hydra_plugins.ltlight.launcher.TogetherLauncher" in Plugins.instance().class_name_to_class
"""


def test_hydra_finds_the_launcher_of_a_checkout_that_is_not_installed(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", FIND]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
