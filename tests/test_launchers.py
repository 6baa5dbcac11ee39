"""A sweep of the real command by a launcher that is installed: side by side, one report."""

from importlib.util import find_spec

import pytest

from tests.commands import SHORT, ltlight, run_of

PLUGIN = "hydra_plugins.hydra_joblib_launcher"


@pytest.mark.skipif(
    not (find_spec("hydra_plugins") and find_spec(PLUGIN)), reason="needs '.[joblib]'"
)
def test_joblib_skips_what_is_finished_goes_past_what_fails_and_reports_once(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS")  # ours to share out
    sweep = ("-m", *SHORT, "name=side", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    done = ltlight(*sweep, "data.ratio=0.1,0.0001", cwd=tmp_path)
    assert done.returncode == 1  # for the second member
    assert "Traceback" not in done.stderr
    assert "validated against ConfigStore" not in done.stderr
    assert done.stdout.count("failed: data.ratio=0.0001 leaves class") == 1
    assert done.stdout.count("wrote outputs/side/report.html") == 1
    assert "2 of 2, in " in done.stdout
    assert done.stderr.strip().splitlines()[-1].startswith("error: 1 of the sweep's members failed")
    metrics = run_of(tmp_path, "side", "0.1").path / "metrics.json"
    stamp = metrics.stat().st_mtime_ns

    again = ltlight(*sweep, "data.ratio=0.1", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("finished before") == 1
    assert metrics.stat().st_mtime_ns == stamp
