"""Cells of a comparison over data sets: one data set at one ratio in one sweep, all methods."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltlight.errors import UserError, some
from ltlight.report.results.group import Group, groups
from ltlight.report.results.sweep import BALANCED, BASELINE, Sweep, read_sweep

FILE = "across.csv"  # their scores, beside the page
DIGITS = 9  # of scores: beyond, equal ones differ by the order in which they were added up
SHOWN = 5  # names of a list that a line has room for


@dataclass(frozen=True)
class Cell:
    """A data set at a ratio, in one sweep.

    Attributes:
        sweep: name of its folder.
        data: name of the data set.
        imbalance: its ratio, as printed.
        scores: method to balanced accuracy in [0, 1], the mean over its seeds.
        seeds: the fewest that a method has.
    """

    sweep: str
    data: str
    imbalance: str
    scores: dict[str, float]
    seeds: int


@dataclass(frozen=True)
class Cells:
    """What all cells have in common, and what was left out for that.

    Attributes:
        cells: two or more.
        names: of the cells, as short as tells them apart.
        methods: M that every cell has, the baseline first where there is one.
        scores: balanced accuracy float [cells, M], means over seeds.
        clusters: int [cells], the number of each cell's data set: those of one are dependent.
        left_out: methods that some cell lacks.
        unfinished: (sweep, runs that are missing) where some are.
    """

    cells: list[Cell]
    names: list[str]
    methods: list[str]
    scores: np.ndarray
    clusters: np.ndarray
    left_out: list[str]
    unfinished: list[tuple[str, int]]

    @property
    def data_sets(self) -> list[str]:
        """Their names, in the order of ``clusters``."""
        return list(dict.fromkeys(cell.data for cell in self.cells))


def read_cells(folders: Sequence[Path]) -> Cells:
    """The cells of several sweeps.

    Raises:
        UserError: for a folder that is no sweep or is named twice, and where fewer than two cells
            or two methods are left.
    """
    twice = [
        folder for folder in folders if [*map(Path.resolve, folders)].count(folder.resolve()) > 1
    ]
    if twice:
        raise UserError(f"{twice[0]} is named twice: name every sweep once")
    sweeps = [read_sweep(folder) for folder in folders]
    return gathered([(s, cell_of(s, group)) for s in sweeps for group in groups(s)], sweeps)


def cell_of(sweep: Sweep, group: Group) -> Cell:
    """What is compared of a data set at a ratio."""
    members = group.methods.items()
    scores = {m: float(np.mean([run.metrics[BALANCED] for run in runs])) for m, runs in members}
    name, seeds = sweep.path.resolve().name, min(len(runs) for _, runs in members)
    return Cell(name, group.data, group.first.imbalance, scores, seeds)


def gathered(found: Sequence[tuple[Sweep, Cell]], sweeps: Sequence[Sweep]) -> Cells:
    """The cells and the methods that all of them have.

    Raises:
        UserError: see `read_cells`.
    """
    cells = [cell for _, cell in found]
    if len(cells) < 2:
        raise UserError(
            f"there is {len(cells)} data set at one ratio and nothing to rank over: name more "
            "sweeps, as in ltlight report outputs/a outputs/b"
        )
    every = list(dict.fromkeys(method for cell in cells for method in cell.scores))
    methods = [m for m in every if all(m in cell.scores for cell in cells)]
    methods.sort(key=lambda m: m != BASELINE)
    if len(methods) < 2:
        here = "; ".join(f"{c.sweep}: {some(list(c.scores), SHOWN)}" for c in cells[:2])
        raise UserError(
            f"the sweeps have {len(methods)} finished method in common ({here}): train the same "
            "methods on every data set"
        )
    data = list(dict.fromkeys(cell.data for cell in cells))
    return Cells(
        cells,
        cell_names(cells),
        methods,
        np.array([[cell.scores[m] for m in methods] for cell in cells]).round(DIGITS),
        np.array([data.index(cell.data) for cell in cells]),
        [m for m in every if m not in methods],
        [(s.path.resolve().name, len(s.unfinished)) for s in sweeps if s.unfinished],
    )


def cell_names(cells: Sequence[Cell]) -> list[str]:
    """Data set and ratio; the sweep as well where that names two."""
    short = [f"{cell.data} {cell.imbalance}" for cell in cells]
    return [
        name if short.count(name) == 1 else f"{name} ({cell.sweep})"
        for name, cell in zip(short, cells, strict=True)
    ]
