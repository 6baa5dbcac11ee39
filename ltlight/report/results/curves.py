"""Learning curves: the figures that a run logged by epoch."""

import json

import numpy as np

from ltlight.report.results.sweep import Member


def read_curve(member: Member, figure: str) -> dict[int, float]:
    """Epochs done to a figure's value; the last line of an epoch wins, where a run went on.

    A line cut short by a kill is skipped: the run that goes on logs that epoch again.
    """
    curve = {}
    if not member.folder.curves.exists():
        return curve
    for line in member.folder.curves.read_text(errors="replace").splitlines():
        try:
            entry = json.loads(line)
            if isinstance(entry.get(figure), int | float):
                curve[int(entry["epoch"])] = entry[figure]
        except (ValueError, AttributeError, KeyError, TypeError):
            continue
    return curve


def mean_curve(members: list[Member], figure: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Epochs int [E] that every seed logged, the mean over seeds [E] and its deviation [E].

    The sample standard deviation is 0 for one seed.
    """
    curves = [read_curve(member, figure) for member in members]
    epochs = sorted(set.intersection(*(set(curve) for curve in curves)))
    values = np.array([[curve[epoch] for epoch in epochs] for curve in curves])
    spread = values.std(axis=0, ddof=1) if len(curves) > 1 else np.zeros(len(epochs))
    return np.array(epochs, dtype=int), values.mean(axis=0), spread
