"""Scenario after scenario, killed at random until it ends, and compared with one left alone."""

import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.stress.attempt import Attempt, attempt, import_everything
from tests.stress.scenarios import SCENARIOS, Scenario, runs_below

SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
KILLS_A_RUN = 4
INTERVAL = 1.0  # seconds between two checkpoints
ALLOWED = 10.0  # seconds of work that may be lost beyond it


@dataclass
class Tally:
    """What was seen.

    Attributes:
        points: signals that came while the command was running, by name of the scenario.
        signals: the same by name of the signal.
        runs: that were killed and brought to their end.
        lost: seconds of training that were done again after each kill.
        faults: what was not as it should be, a sentence each.
    """

    points: dict[str, int] = field(default_factory=dict)
    signals: dict[str, int] = field(default_factory=dict)
    runs: int = 0
    lost: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Points of all scenarios."""
        return sum(self.points.values())

    def summary(self) -> str:
        """In a few lines."""
        by_name = ", ".join(f"{name} {count}" for name, count in self.points.items())
        by_signal = ", ".join(f"{name} {count}" for name, count in sorted(self.signals.items()))
        worst, mean = max(self.lost, default=0.0), np.mean(self.lost or [0.0])
        return (
            f"{self.total} kills ({by_name}; {by_signal}), {self.runs} runs brought to their end\n"
            f"work done again after a kill: {mean:.1f} s in the mean, {worst:.1f} s at most, with "
            f"a checkpoint every {INTERVAL:.0f} s\n"
            f"{len(self.faults)} faults" + "".join(f"\n  {fault}" for fault in self.faults)
        )


def stress(
    root: Path, points: int, seed: int, names: list[str], say: Callable[[str], object] = print
) -> Tally:
    """Kill commands at random moments.

    Args:
        root: an empty folder to work in.
        points: kills, at least.
        seed: of the moments and the signals.
        names: of the scenarios, which take turns.
        say: told a line a run, and what was not as it should be.
    """
    import_everything()
    chance, tally, turn = random.Random(seed), Tally(), 0
    left_alone: dict[str, tuple[Path, float]] = {}
    while tally.total < points and len(tally.faults) < 10:
        scenario = SCENARIOS[names[turn % len(names)]]
        if scenario.name not in left_alone:
            left_alone[scenario.name] = alone(scenario, root, tally)
        reference, seconds = left_alone[scenario.name]
        folder = prepared(scenario, root / f"{turn:03d}", reference)
        known = len(tally.faults)
        until_it_ends(scenario, folder, seconds, chance, tally)
        compare(scenario, folder, reference, tally)
        tally.runs += 1
        say(f"{scenario.name}: {tally.total} of {points} kills, {len(tally.faults)} faults")
        for fault in tally.faults[known:]:
            say(f"  {fault}")
        if not tally.faults:
            shutil.rmtree(folder)
        turn += 1
    return tally


def prepared(scenario: Scenario, folder: Path, reference: Path | None = None) -> Path:
    """A folder to give a scenario's command in."""
    folder.mkdir()
    if scenario.name == "report" and reference is not None:
        shutil.copytree(reference / "outputs", folder / "outputs")
        for file in scenario.kept:
            (folder / file).unlink()
    scenario.prepare(folder)
    return folder


def alone(scenario: Scenario, root: Path, tally: Tally) -> tuple[Path, float]:
    """The command left alone: where, and how many seconds it took."""
    folder = prepared(scenario, root / f"alone {scenario.name}")
    if scenario.name == "report":
        sweep = attempt(SCENARIOS["sweep"].arguments, folder, 1, None, 0)
        if sweep.codes != (0,):
            raise RuntimeError(sweep.errors)
    started = time.monotonic()
    done = attempt(scenario.arguments, folder, scenario.processes, None, 0)
    if set(done.codes) != {0}:
        raise RuntimeError(f"{scenario.name} fails when it is left alone: {done.errors}")
    return folder, time.monotonic() - started


def until_it_ends(
    scenario: Scenario, folder: Path, seconds: float, chance: random.Random, tally: Tally
) -> None:
    """The command, again and again, killed a few times and then no more."""
    begun: dict = {}  # step to the second in which it was first begun
    last: tuple[object, float] | None = None
    for kill in range(KILLS_A_RUN + 1):
        signum = chance.choice(SIGNALS)
        after = chance.uniform(0.05, 0.8) * seconds if kill < KILLS_A_RUN else None
        tried = attempt(scenario.arguments, folder, scenario.processes, after, signum)
        where = f"{scenario.name} in {folder.name}, {signal.Signals(signum).name}"
        last = _count_lost(tried, begun, last, where, tally)
        if tried.orphans:
            tally.faults.append(f"{where}: processes were left")
        if not tried.killed:
            if set(tried.codes) != {0}:
                tally.faults.append(
                    f"{scenario.name} in {folder.name} ended {tried.codes}: {tried.errors[-400:]}"
                )
            return
        name = signal.Signals(signum).name
        tally.points[scenario.name] = tally.points.get(scenario.name, 0) + 1
        tally.signals[name] = tally.signals.get(name, 0) + 1
        check_end(tried, signum, where, tally)


def check_end(tried: Attempt, signum: int, where: str, tally: Tally) -> None:
    """Of an attempt that was cut off: its exit status, and what it said."""
    wanted = -signum if signum == signal.SIGKILL else 128 + signum
    if not set(tried.codes) <= {wanted, 0}:  # 0: it was at its very end
        tally.faults.append(f"{where} ended {tried.codes} instead of {wanted}")
        tally.faults += [f"{where} was here: {tried.stuck}"] if tried.stuck else []
    if "Traceback" in tried.errors:
        tally.faults.append(f"{where}: {tried.errors[-800:]}")
    lines = tried.errors.splitlines()
    told = [line for line in lines if line.startswith("interrupted by ")]
    if tried.codes[0] == 128 + signum and len(told) != 1:
        tally.faults.append(f"{where} said {lines}")


def _count_lost(
    tried: Attempt, begun: dict, last: tuple[object, float] | None, where: str, tally: Tally
) -> tuple[object, float] | None:
    """Add the seconds of the steps that were done again; the last step and when it was begun."""
    if not tried.steps:
        return last
    first = tried.steps[0][0]
    if last is not None:
        lost = last[1] - begun.get(first, last[1])
        tally.lost.append(max(0.0, lost))
        if lost > INTERVAL + ALLOWED:
            tally.faults.append(f"{where}: {lost:.1f} s of work were lost")
    now: dict = dict(tried.steps)
    shift = 0.0
    if last is not None and first in begun:  # as if it had gone on without a break
        shift = begun[first] - now[first]
    elif last is not None:
        shift = last[1] - now[first]
    for step, second in tried.steps:
        begun.setdefault(step, second + shift)
    return tried.steps[-1][0], tried.steps[-1][1] + shift


def compare(scenario: Scenario, folder: Path, reference: Path, tally: Tally) -> None:
    """Logits, curves and kept files with those of the command that was left alone."""
    if list(runs_below(folder)) != list(runs_below(reference)):
        tally.faults.append(f"{scenario.name} in {folder.name} left other runs")
        return
    for run in runs_below(folder):
        here, there = folder / run, reference / run
        with np.load(here / "predictions.npz") as a, np.load(there / "predictions.npz") as b:
            if not np.array_equal(a["logits"], b["logits"]):
                tally.faults.append(f"{scenario.name}: {here} has other logits")
        if (here / "curves.jsonl").read_text() != (there / "curves.jsonl").read_text():
            tally.faults.append(f"{scenario.name}: {here} has other curves")
        left = [f.name for f in here.iterdir() if f.suffix == ".tmp" or "last" in f.name]
        if left:
            tally.faults.append(f"{scenario.name}: {here} still holds {', '.join(left)}")
    for file in scenario.kept:
        if file.endswith(".html"):  # says when it was made
            ok = (folder / file).stat().st_size > 0.9 * (reference / file).stat().st_size
        else:
            ok = (folder / file).read_bytes() == (reference / file).read_bytes()
        if not ok:
            tally.faults.append(f"{scenario.name}: {folder / file} is another")
