"""A plain, not editable install, used from another directory."""

import json
import os
import subprocess
import sys
import zipfile

from tests.commands import REPOSITORY


def test_wheel_carries_the_configuration_and_runs_anywhere(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with zipfile.ZipFile(wheel) as packed:  # what pip does with a pure Python wheel
        packed.extractall(site)
    arguments = ["trainer=debug", "data=digits", "model.width=0.03"]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    environment.pop("OMP_NUM_THREADS", None)  # as a user has it: ours to choose
    done = subprocess.run(
        [sys.executable, "-m", "ltlight.train", *arguments],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (file,) = elsewhere.glob("outputs/debug/digits/*/*/*/metrics.json")
    metrics = json.loads(file.read_text())
    assert metrics["git_commit"] is None  # it ran the installed code
    assert metrics["steps"] == 6
    assert metrics["threads"] == 1  # a network as small as this has no use for more
    assert (site / "hydra_plugins/ltlight/launcher.py").is_file()  # where Hydra looks for plugins
