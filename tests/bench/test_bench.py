import json
import os

from ltlight.bench.__main__ import line_up
from tests.conftest import ltlight


def test_the_benchmark_compares_and_writes(tmp_path):
    done = ltlight(
        *("--width", "0.02", "--method", "improved", "--rounds", "2", "--steps", "2"),
        *("--no-growth", "--out", "bench.json"),
        cwd=tmp_path,
        module="ltlight.bench",
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "bench.json").read_text())
    (entry,) = results["compared"]
    contenders = entry["contenders"]
    assert set(contenders) == set(line_up(os.cpu_count()))
    assert all(len(c["step_seconds"]) == 2 for c in contenders.values())
    assert all(s > 0 for c in contenders.values() for s in c["step_seconds"])
    assert set(contenders["no Lightning"]["phases"]) == {
        *("loading", "augmentation", "forward", "backward", "update")
    }
    assert results["git_commit"] is None or len(results["git_commit"]) >= 40
    for word in ("over ours", "floor, serial", "around the steps", "augmentation"):
        assert word in done.stdout
