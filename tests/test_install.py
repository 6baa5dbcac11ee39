"""A plain, not editable install, used from another directory."""

import os
import subprocess
import sys
import zipfile

from tests.conftest import REPOSITORY


def test_wheel_carries_the_configuration_and_runs_anywhere(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with zipfile.ZipFile(wheel) as packed:  # what pip does with a pure Python wheel
        packed.extractall(site)
    arguments = ["trainer=debug", "data=digits", "model.width=0.05"]
    done = subprocess.run(
        [sys.executable, "-m", "ltlight.train", *arguments],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (metrics,) = elsewhere.glob("outputs/debug/digits/*/*/*/metrics.json")
    assert '"git_commit": null' in metrics.read_text()  # it ran the installed code
