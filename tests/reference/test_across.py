"""Which remedy in general: ranks over data sets."""

import csv
from statistics import mean

import numpy as np
import pytest
from scipy.stats import rankdata

from tests.reference.kept import ACCOUNT, BALANCED, KEPT, table_after, values


def test_the_ranking_over_data_sets():
    """Ranks, firsts and gains anew from across.csv, and that from the kept metrics."""
    with (KEPT / "across" / "across.csv").open() as file:
        kept = list(csv.DictReader(file))
    cells = list(dict.fromkeys((row["sweep"], row["data"], row["ratio"]) for row in kept))
    methods = list(dict.fromkeys(row["method"] for row in kept))
    scores = np.zeros((len(cells), len(methods)))
    for row in kept:
        cell = sweep, _, ratio = row["sweep"], row["data"], row["ratio"]
        study = sweep if sweep == "lite0_trashnet" else f"across/{sweep}"
        of = values(study, "1.0" if ratio == "natural" else ratio, row["method"], BALANCED)
        assert float(row["balanced_accuracy"]) == pytest.approx(mean(of), abs=1e-6)
        scores[cells.index(cell), methods.index(row["method"])] = mean(of)
    scores = scores.round(9)
    ranks, best = rankdata(-scores, axis=1).mean(axis=0), scores.max(axis=1)
    gain = 100 * (scores - scores[:, [methods.index("baseline")]])
    for name, *said in table_after(ACCOUNT, "### Which remedy in general"):
        m = methods.index(name.strip("`"))
        told = [f"{ranks[m]:.1f}", str((scores[:, m] == best).sum())]
        if name != "`baseline`":
            told += [
                f"{gain[:, m].mean():+.1f}",
                f"{gain[:, m].min():+.1f}, {gain[:, m].max():+.1f}",
            ]
        assert said[: len(told)] == told, name
