"""The benchmark as a command: who takes part, that they take turns, what is written."""

import json
from statistics import median

import pytest

from ltlight.bench import __main__ as bench
from ltlight.bench import floor
from ltlight.bench.turns import timed
from tests.commands import run_here

# Of the four plain ones that with everything in it; each is a process that imports torch.
CONTENDERS = ("plain, 1 workers, fused SGD", "ours", "no Lightning")
OPTIONS = ("--width", "0.02", "--method", "improved", "--rounds", "2", "--steps", "2")


def test_who_is_compared():
    line_up = bench.line_up(2)
    plain = {name: spec for name, spec in line_up.items() if spec["pipeline"] == "plain"}
    assert sorted((s["workers"], s["fused"]) for s in plain.values()) == [
        (0, False),
        (0, True),
        (2, False),
        (2, True),
    ]
    assert set(line_up) - set(plain) >= {"ours", "no Lightning"}
    assert line_up["ours"] == {"pipeline": "ours"}
    assert line_up["no Lightning"] == {"pipeline": "bare"}


@pytest.fixture
def turns(monkeypatch) -> list[str]:
    """Whose turn it was, in order, in a benchmark of only `CONTENDERS`."""
    few = {name: bench.line_up(1)[name] for name in CONTENDERS}
    names = {spec["pipeline"]: name for name, spec in few.items()}
    taken = []

    class Noted(bench.Contender):
        def run_round(self) -> None:
            taken.append(names[self.spec["pipeline"]])
            super().run_round()

    monkeypatch.setattr(bench, "line_up", lambda _cores: few)
    monkeypatch.setattr(floor, "timed", lambda action, _times: timed(action, 1))
    monkeypatch.setattr(bench, "Contender", Noted)
    return taken


def test_the_benchmark_compares_in_turn_and_writes(tmp_path, turns):
    arguments = (*OPTIONS, "--no-growth", "--out", "new/bench.json")
    done = run_here(*arguments, cwd=tmp_path, module="ltlight.bench")
    assert done.returncode == 0, done.stderr
    assert turns == [*CONTENDERS, *CONTENDERS]
    results = json.loads((tmp_path / "new/bench.json").read_text())
    assert results["command"].endswith("--no-growth --out new/bench.json")
    assert (results["rounds"], results["steps"]) == (2, 2)
    (entry,) = results["compared"]
    assert (entry["method"], entry["width"]) == ("improved", 0.02)
    contenders = entry["contenders"]
    assert tuple(contenders) == CONTENDERS
    # A step of this network takes no second, nor less than a pass over its weights.
    assert all(len(c["step_seconds"]) == 2 for c in contenders.values())
    assert all(1e-5 < s < 5 for c in contenders.values() for s in c["step_seconds"])
    assert set(contenders["no Lightning"]["phases"]) == {
        "loading",
        "augmentation",
        "forward",
        "backward",
        "update",
    }
    for name, contender in contenders.items():
        assert f"{1e3 * median(contender['step_seconds']):.1f}" in row(done.stdout, name)
    for word in ("over ours", "floor, serial", "around the steps", "augmentation"):
        assert word in done.stdout


def row(printed: str, name: str) -> str:
    """The first line of the tables that tells of a contender."""
    return next(line for line in printed.splitlines() if line.strip("│ ").startswith(name))
