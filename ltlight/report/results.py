"""The members of a sweep, read from their run folders and compared with their baselines."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ltlight.errors import UserError
from ltlight.run_record import RunFolder, find_runs

BASELINE = "baseline"
HEADLINES = ("test/f1_macro", "test/accuracy")


@dataclass(frozen=True)
class Member:
    """One finished run: what it was, and the content of its `metrics.json`."""

    data: str
    ratio: float
    method: str
    seed: int
    metrics: dict[str, Any]
    folder: RunFolder


@dataclass(frozen=True)
class Sweep:
    """Every run below a folder.

    Attributes:
        finished: sorted by data, falling ratio, method (the baseline first) and seed.
        unfinished: (folder, reason) of the others.
    """

    path: Path
    finished: list[Member]
    unfinished: list[tuple[Path, str]]


@dataclass(frozen=True)
class Comparison:
    """A method beside the baseline of the same data, ratio and seeds.

    Attributes:
        seeds: those that both were run with; where there is no baseline, the method's own.
        before, after: figure name to one value a seed; ``before`` is empty where there is no
            baseline, and for the baseline itself.
    """

    data: str
    ratio: float
    method: str
    seeds: list[int]
    before: dict[str, np.ndarray]
    after: dict[str, np.ndarray]

    def gain(self, figure: str) -> np.ndarray | None:
        """After minus before, a value a seed, or None where there is no baseline."""
        return self.after[figure] - self.before[figure] if self.before else None


def read_sweep(path: Path) -> Sweep:
    """Read every run below a folder such as ``outputs/<name>``.

    Raises:
        UserError: if there is none.
    """
    if not path.is_dir():
        raise UserError(f"{path} is not a folder: name one that a sweep wrote, outputs/<name>")
    finished, unfinished = [], []
    for run in find_runs(path):
        try:
            if not run.is_finished:
                raise UserError(run.error or "not finished: the same command goes on with it")
            finished.append(_member(run))
        except UserError as e:
            unfinished.append((run.path, str(e)))
    if not finished and not unfinished:
        raise UserError(f"{path} holds no runs: name a folder that a sweep wrote, outputs/<name>")
    finished.sort(key=lambda m: (m.data, -m.ratio, m.method != BASELINE, m.method, m.seed))
    return Sweep(path, finished, unfinished)


def _member(run: RunFolder) -> Member:
    config = run.config()
    return Member(
        data=config["data"]["name"],
        ratio=config["data"]["ratio"],
        method=config["method"]["name"],
        seed=config["seed"],
        metrics=run.metrics(),
        folder=run,
    )


def compare(sweep: Sweep) -> list[Comparison]:
    """Every method beside its baseline, seed by seed; a baseline that stands alone by itself."""
    groups: dict[tuple[str, float], dict[str, dict[int, Member]]] = defaultdict(dict)
    for member in sweep.finished:
        methods = groups[member.data, member.ratio]
        methods.setdefault(member.method, {})[member.seed] = member
    comparisons = []
    for (data, ratio), methods in groups.items():
        baseline = methods.get(BASELINE, {})
        others = {name: runs for name, runs in methods.items() if name != BASELINE}
        for method, runs in others.items() or [(BASELINE, baseline)]:
            common = sorted(runs.keys() & baseline.keys()) if method != BASELINE else []
            seeds = common or sorted(runs)
            comparisons.append(
                Comparison(
                    *(data, ratio, method, seeds),
                    before=_figures(baseline, common) if common else {},
                    after=_figures(runs, seeds),
                )
            )
    return comparisons


def _figures(runs: dict[int, Member], seeds: list[int]) -> dict[str, np.ndarray]:
    return {name: np.array([runs[s].metrics[name] for s in seeds]) for name in HEADLINES}


def mean_gains(comparisons: list[Comparison], method: str, figure: str) -> float | None:
    """The mean over the ratios of a method's mean gain, or None where it has no baseline."""
    gains = [c.gain(figure) for c in comparisons if c.method == method and c.before]
    return float(np.mean([g.mean() for g in gains])) if gains else None
