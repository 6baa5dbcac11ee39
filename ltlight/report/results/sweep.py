"""The members of a sweep, read from their run folders."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ltlight.errors import UserError
from ltlight.report.results.predictions import Predictions, read_predictions
from ltlight.runs.run_folder import RunFolder, find_runs

BASELINE = "baseline"
F1, ACCURACY, BALANCED = HEADLINES = ("test/f1_macro", "test/accuracy", "test/balanced_accuracy")


@dataclass(frozen=True)
class Member:
    """One finished run: what it was, and what its folder holds."""

    data: str
    ratio: float
    method: str
    seed: int
    metrics: dict[str, Any] = field(repr=False)
    config: dict[str, Any] = field(repr=False)
    predictions: Predictions
    folder: RunFolder

    @property
    def imbalance(self) -> str:
        """The ratio as printed; data kept as they are have none of their own."""
        natural = self.config["data"].get("profile") == "natural"
        return "natural" if natural else f"{self.ratio:g}"


@dataclass(frozen=True)
class Sweep:
    """Every run below a folder.

    Attributes:
        finished: sorted by data, falling ratio, method (the baseline first) and seed.
        unfinished: (folder, reason) of the others, unreadable ones included.
    """

    path: Path
    finished: list[Member]
    unfinished: list[tuple[Path, str]]


def read_sweep(path: Path) -> Sweep:
    """Read every run below a folder such as ``outputs/<name>``.

    Raises:
        UserError: if there is none, if a run is there twice, or if runs of one data set were tested
            on different images.
    """
    if not path.is_dir():
        raise UserError(f"{path} is not a folder: name one that a sweep wrote, outputs/<name>")
    finished, unfinished = [], []
    for run in find_runs(path):
        try:
            if not run.is_finished:
                raise UserError(run.error or "not finished: the same command resumes it")
            finished.append(_member(run))
        except UserError as e:
            unfinished.append((run.path, str(e)))
    if not finished and not unfinished:
        raise UserError(f"{path} holds no runs: name a folder that a sweep wrote, outputs/<name>")
    finished.sort(key=lambda m: (m.data, -m.ratio, m.method != BASELINE, m.method, m.seed))
    _check_one_sweep(finished)
    _check_test_sets(finished)
    return Sweep(path, finished, unfinished)


def missing(sweep: Sweep) -> list[str]:
    """A line for every run that is not there, with its reason."""
    return [
        f"`{path.relative_to(sweep.path)}`: {reason.strip().splitlines()[-1]}"
        for path, reason in sweep.unfinished
    ]


def _member(run: RunFolder) -> Member:
    try:
        metrics = run.metrics()
        config = run.config()
        predictions = read_predictions(run, metrics)
        if len(metrics["class_names"]) != len(predictions.class_counts):
            raise KeyError("class_names of as many classes as predictions.npz")
        for name in HEADLINES:
            float(metrics[name])
        return Member(
            data=config["data"]["name"],
            ratio=float(config["data"]["ratio"]),
            method=config["method"]["name"],
            seed=int(config["seed"]),
            metrics=predictions.of_logits | metrics,
            config=config,
            predictions=predictions,
            folder=run,
        )
    except (OSError, AttributeError, KeyError, TypeError, ValueError, yaml.YAMLError) as e:
        reason = " ".join(str(e).split())
        raise UserError(
            f"{run.path}: config.yaml or metrics.json is damaged ({type(e).__name__}: {reason}): "
            "run that member anew with overwrite=true"
        ) from e


def _check_one_sweep(members: list[Member]) -> None:
    """Two runs of one seed come of reading a folder of sweeps: their means would mix settings."""
    first: dict[tuple[str, float, str, int], Member] = {}
    for member in members:
        other = first.setdefault((member.data, member.ratio, member.method, member.seed), member)
        if other is not member:
            raise UserError(
                f"{other.folder.path} and {member.folder.path} are both seed {member.seed} of "
                f"{member.method} at ratio {member.imbalance}: name the folder of one sweep"
            )


def _check_test_sets(members: list[Member]) -> None:
    """Scores of different test images can't stand in one table."""
    first: dict[str, Member] = {}
    for member in members:
        other = first.setdefault(member.data, member)
        same = np.array_equal(other.predictions.targets, member.predictions.targets)
        if not same or other.metrics["class_names"] != member.metrics["class_names"]:
            raise UserError(
                f"{other.folder.path} and {member.folder.path} are both called {member.data} but "
                f"were tested on different images ({_test_set(other)}; {_test_set(member)}): give "
                "one of them another name=… or data.name=… and run it anew"
            )


def _test_set(member: Member) -> str:
    names, images = member.metrics["class_names"], len(member.predictions.targets)
    return f"{images} images of {len(names)} classes from {names[0]} to {names[-1]}"
