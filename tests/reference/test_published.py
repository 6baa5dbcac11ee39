"""CIFAR-100-LT beside the papers' figures."""

import csv
import re

import numpy as np
from scipy.special import softmax

from tests.reference.kept import ACCOUNT, FRONT, KEPT, in_one_line, spread, table_after, values


def test_published_figures_of_cifar100_lt():
    """Of the papers' methods, and the free adjustment as in results.csv."""
    with (KEPT / "cifar100_lt" / "results.csv").open() as file:
        adjusted = {row["method"]: row["adjusted/accuracy"] for row in csv.DictReader(file)}
    rows = table_after(ACCOUNT, "## Published figures")
    assert len(rows) == 5
    for first, here, _, _, calibration, _ in rows:
        method = first.split("`")[1] if "`" in first else None
        if method is None:
            assert here == f"{100 * float(adjusted['baseline']):.1f}"
            assert calibration == f"{100 * adjusted_calibration('cifar100_lt', '0.01'):.1f}"
        else:
            assert here == spread(values("cifar100_lt", "0.01", method, "test/accuracy", 100), 1)
            assert calibration == spread(values("cifar100_lt", "0.01", method, "test/ece", 100), 1)


def adjusted_calibration(study: str, ratio: str) -> float:
    """Expected calibration error of the baseline's logits - log prior, from the predictions."""
    [file] = (KEPT / study).glob(f"*/ratio={ratio}/method=baseline/seed=0/predictions.npz")
    with np.load(file) as kept:
        targets, logits, counts = kept["targets"], kept["logits"], kept["class_counts"]
    probability = softmax(logits.astype(np.float64) - np.log(counts / counts.sum()), axis=1)
    sure, hit = probability.max(axis=1), probability.argmax(axis=1) == targets
    bins = np.clip(np.ceil(15 * sure).astype(int) - 1, 0, 14)
    gaps = [abs((hit[bins == b] - sure[bins == b]).sum()) for b in range(15)]
    return float(np.sum(gaps) / len(targets))


def test_the_front_page():
    """The same as those of outputs/reference."""
    front = in_one_line(FRONT)
    names = ("cross-entropy", "logit adjustment", "balanced softmax", "cRT", "LDAM-DRW")
    rows = table_after(ACCOUNT, "## Published figures")
    for name, (_, here, papers, *_) in zip(names, rows, strict=True):
        assert re.search(rf"{name} {here}( %)? \({papers}\)", front), name
