"""The members of a sweep, read from their run folders."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ltlight.errors import UserError
from ltlight.report.results.folds import pool_folds
from ltlight.report.results.member import ACCURACY, BALANCED, F1, HEADLINES, Member, read_member
from ltlight.runs.run_folder import find_runs

__all__ = ["ACCURACY", "BALANCED", "BASELINE", "F1", "HEADLINES", "Member", "Sweep", "read_sweep"]
BASELINE = "baseline"


@dataclass(frozen=True)
class Sweep:
    """Every run below a folder.

    Attributes:
        finished: sorted by data, falling ratio, method (the baseline first) and seed; the folds of
            a seed are one, see `pool_folds`.
        unfinished: (folder, reason) of the others, unreadable ones included.
        damaged: folders of those that were finished and can't be read.
    """

    path: Path
    finished: list[Member]
    unfinished: list[tuple[Path, str]]
    damaged: tuple[Path, ...] = ()


def read_sweep(path: Path) -> Sweep:
    """Read every run below a folder such as ``outputs/<name>``.

    Raises:
        UserError: if there is none, if a run is there twice, or if runs of one data set were tested
            on different images.
    """
    if not path.is_dir():
        raise UserError(f"{path} is not a folder: name one that a sweep wrote, outputs/<name>")
    finished, unfinished, damaged = [], [], []
    for run in find_runs(path):
        if not run.is_finished:
            reason = run.error or "not finished: the same command resumes it"
            unfinished.append((run.path, reason))
            continue
        try:
            finished.append(read_member(run))
        except UserError as e:
            unfinished.append((run.path, str(e)))
            damaged.append(run.path)
    if not finished and not unfinished:
        raise UserError(f"{path} holds no runs: name a folder that a sweep wrote, outputs/<name>")
    finished.sort(key=lambda m: (m.data, -m.ratio, m.method != BASELINE, m.method, m.seed))
    _check_one_sweep(finished)
    finished, incomplete = pool_folds(finished)
    _check_one_sweep(finished)
    _check_test_sets(finished)
    return Sweep(path, _with_groups(finished), unfinished + incomplete, tuple(damaged))


def missing(sweep: Sweep) -> list[str]:
    """A line for every run that is not there, with its reason."""
    return [
        f"`{path.relative_to(sweep.path)}`: {reason.strip().splitlines()[-1]}"
        for path, reason in sweep.unfinished
    ]


def _check_one_sweep(members: list[Member]) -> None:
    """Two runs of one seed come of reading a folder of sweeps: their means would mix settings."""
    first: dict[tuple[str, float, str, int, int | None], Member] = {}
    for member in members:
        fold = None if member.folds else member.fold
        key = (member.data, member.ratio, member.method, member.seed, fold)
        other = first.setdefault(key, member)
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
        if not _tested_alike(other, member):
            raise UserError(
                f"{other.folder.path} and {member.folder.path} are both called {member.data} but "
                f"were tested on different images ({_test_set(other, member)}; "
                f"{_test_set(member, other)}): give one of them another name=… or data.name=… "
                "and run it anew"
            )


def _tested_alike(one: Member, other: Member) -> bool:
    """Whether two runs have the same test images, by labels, class names and, if kept, files."""
    ours, theirs = one.predictions, other.predictions
    files = ours.files is None or theirs.files is None or np.array_equal(ours.files, theirs.files)
    named = one.metrics["class_names"] == other.metrics["class_names"]
    return files and named and np.array_equal(ours.targets, theirs.targets)


def _with_groups(members: list[Member]) -> list[Member]:
    """Runs that kept no groups of their test images have those of another on the same images.

    Else its resamples would be of images, and those of the others of groups: not the same draws.
    """
    known = {m.data: m.predictions.groups for m in members if m.predictions.groups is not None}
    return [
        m
        if m.predictions.groups is not None or m.data not in known
        else replace(m, predictions=replace(m.predictions, groups=known[m.data]))
        for m in members
    ]


def _test_set(member: Member, beside: Member) -> str:
    names, images = member.metrics["class_names"], len(member.predictions.targets)
    folds = f" in {len(member.folds)} folds" if member.folds else ""
    told = f"{images} images of {len(names)} classes from {names[0]} to {names[-1]}{folds}"
    files, others = member.predictions.files, beside.predictions.files
    if files is None or others is None:
        return told
    own = np.setdiff1d(files, others)
    return f"{told}, {own[0]} among them" if len(own) else told
