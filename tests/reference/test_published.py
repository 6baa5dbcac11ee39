"""CIFAR-100-LT beside the papers' figures."""

import csv
import re
from pathlib import Path
from statistics import mean

import numpy as np
from scipy.special import softmax

from ltlight.runs.curves import read_curves
from ltlight.runs.run_folder import RunFolder
from tests.reference.kept import (
    ACCOUNT,
    FRONT,
    KEPT,
    accuracies,
    accuracy_by_epoch,
    in_one_line,
    runs,
    spread,
    table_after,
    values,
)


def test_published_figures_of_cifar100_lt():
    """Of the papers' methods, and the free adjustment as in results.csv."""
    rows = table_after(ACCOUNT, "## Published figures")
    assert len(rows) == 5
    for first, number, here, _, _, calibration, _ in rows:
        found = _of_row(first)
        assert (int(number), here) == (len(found), spread(found, 1))
        errors = adjusted_calibrations("cifar100_lt")
        if "`" in first:
            errors = values("cifar100_lt", "0.01", first.split("`")[1], "test/ece", 100)
        assert calibration == spread(errors, 1)


def _of_row(first: str) -> list[float]:
    """Accuracy of every seed: of the method named in a row's first cell, else of the adjustment."""
    if "`" not in first:
        return accuracies("cifar100_lt", "baseline", "adjusted/accuracy")
    return values("cifar100_lt", "0.01", first.split("`")[1], "test/accuracy", 100)


def test_how_far_from_the_papers():
    """The distances that the page tells, those of the seeds, and the averages of their logits."""
    account = in_one_line(ACCOUNT, "## Published figures")
    rows = table_after(ACCOUNT, "## Published figures")
    found = [_of_row(row[0]) for row in rows]
    off = [mean(f) - float(row[3]) for f, row in zip(found, rows, strict=True)]
    assert "{:.1f}, {:.1f}, {:.1f} and {:.1f} points from the papers'".format(*off[:4]) in account
    assert f"**LDAM-DRW is {off[4]:.1f} points above" in account
    again = [mean(found[i]) - float(rows[i][4].split(" ")[0]) for i in range(3)]
    assert "from the replication's {:.1f}, {:.1f} and {:.1f}".format(*again) in account
    lower = [first - second for first, second in found[:4]]
    assert f"Seed 1 is {min(lower):.1f} to {max(lower):.1f} points below seed 0" in account
    assert f"of seed 0 alone cRT would be {found[3][0] - float(rows[3][3]):.1f} above" in account
    for method, told in (
        ("balanced_softmax", "{:.1f} % for balanced softmax"),
        ("crt", "{:.1f} for `crt`"),
        ("baseline", "{:.1f} for cross-entropy"),
    ):
        average = accuracies("cifar100_lt", method, "seed_average/accuracy")[0]  # of both rows
        assert told.format(average) in account


def adjusted_calibrations(study: str) -> list[float]:
    """Of every seed of the baseline at 0.01, in their order."""
    folders = (KEPT / study).glob("*/ratio=0.01/method=baseline/seed=*")
    return [_adjusted_calibration(folder / "predictions.npz") for folder in sorted(folders)]


def _adjusted_calibration(predictions: Path) -> float:
    """Expected calibration error of logits - log prior in %."""
    with np.load(predictions) as kept:
        targets, logits, counts = kept["targets"], kept["logits"], kept["class_counts"]
    probability = softmax(logits.astype(np.float64) - np.log(counts / counts.sum()), axis=1)
    sure, hit = probability.max(axis=1), probability.argmax(axis=1) == targets
    bins = np.clip(np.ceil(15 * sure).astype(int) - 1, 0, 14)
    gaps = [abs((hit[bins == b] - sure[bins == b]).sum()) for b in range(15)]
    return float(100 * np.sum(gaps) / len(targets))


def test_bf16_beside_float32():
    """The last training loss and the accuracy of both seeds, and the ratio of times."""
    account = in_one_line(ACCOUNT, "## Published figures")
    studies = [f"cifar100_four_epochs_{precision}" for precision in ("bf16-mixed", "32-true")]
    found = [values(s, "0.01", "baseline", "test/accuracy", 100) for s in studies]
    seconds = [mean(values(s, "0.01", "baseline", "seconds/train")) for s in studies]
    losses = []
    for study in studies:
        runs_kept = sorted((KEPT / study).glob("*/*/method=baseline/seed=*"))
        losses += [read_curves(RunFolder(run))[4]["train/loss"] for run in runs_kept]
    assert "{:.3f} and {:.3f} in bf16, {:.3f} and {:.3f} in float32".format(*losses) in account
    told = "accuracy {:.1f} and {:.1f} % against {:.1f} and {:.1f}"
    assert told.format(*found[0], *found[1]) in account
    assert f"Float32 trained {seconds[1] / seconds[0]:.1f} times as long" in account


def test_published_figures_with_autoaugment_and_cutout():
    """Of the last epoch, and of the best of those that were tested, which nothing was chosen by."""
    study = "cifar100_autoaugment"
    rows = table_after(ACCOUNT, "### With AutoAugment and Cutout")
    [(here, _, _, calibration)] = [row for first, *row in rows if not first.startswith("`")]
    assert here == spread(accuracies(study, "baseline", "adjusted/accuracy"), 1)
    assert calibration == spread(adjusted_calibrations(study), 1)
    named = {first.split("`")[1]: row for first, *row in rows if first.startswith("`")}
    assert set(named) == {method for _, method in runs(study)}
    for method, (here, best, _, calibration) in named.items():
        assert here == spread(values(study, "0.01", method, "test/accuracy", 100), 1)
        found = accuracy_by_epoch(study, f"cifar100/ratio=0.01/method={method}")
        assert list(found) == list(range(10, 201, 10))
        assert best == f"{max(found.values()):.1f}"
        assert calibration == spread(values(study, "0.01", method, "test/ece", 100), 1)


def test_the_sentences_on_autoaugment_and_cutout():
    """Balanced softmax against crop and flip, and DBM-BS behind it."""
    study, account = "cifar100_autoaugment", in_one_line(ACCOUNT, "### With AutoAugment")
    with (KEPT / study / "comparisons.csv").open() as file:
        [behind] = [row for row in csv.DictReader(file) if row["method"] == "dbm_bs"]
    ahead, low, high = (-100 * float(behind[f"behind_best/{k}"]) for k in ("mean", "high", "low"))
    assert f"here balanced softmax by {ahead:.1f} [{low:.1f}, {high:.1f}], undecided" in account
    for method, told in (
        ("balanced_softmax", "gains {:.1f} points over crop and flip ({:.1f})"),
        ("baseline", "cross-entropy {:.1f} ({:.1f})"),
    ):
        plain = values("cifar100_lt", "0.01", method, "test/accuracy", 100)[0]
        [here] = values(study, "0.01", method, "test/accuracy", 100)
        assert told.format(here - plain, plain) in account
    losses = (values(study, "0.01", m, "test/log_loss")[0] for m in ("dbm_bs", "balanced_softmax"))
    assert "log-loss {:.3f} against {:.3f}".format(*losses) in account


def test_how_far_from_the_papers_with_autoaugment_and_cutout():
    """Last epoch here, published figure there; both are rows of the table."""
    account, off = in_one_line(ACCOUNT, "### With AutoAugment"), {}
    for first, _, _, published, _ in table_after(ACCOUNT, "### With AutoAugment"):
        if published:
            method = first.split("`")[1]
            [here] = values("cifar100_autoaugment", "0.01", method, "test/accuracy", 100)
            off[method] = f"{here - float(published):.1f}"
    assert off["baseline"] == off["ldam_drw"]
    assert f"`dbm_bs` is {off['dbm_bs'].lstrip('-')} points below the published figure" in account
    assert f"cross-entropy and LDAM-DRW are {off['baseline']} above it" in account
    assert f"**balanced softmax {off['balanced_softmax']} above it**" in account


def test_the_front_page():
    """The same as those of outputs/reference."""
    front = in_one_line(FRONT)
    names = ("cross-entropy", "logit adjustment", "balanced softmax", "cRT", "LDAM-DRW")
    rows = table_after(ACCOUNT, "## Published figures")
    for name, (_, _, here, papers, *_) in zip(names, rows, strict=True):
        middle = here.split(" ")[0]
        assert re.search(rf"{name} {middle}( %)? \({papers}\)", front), name
    rows = table_after(ACCOUNT, "### With AutoAugment and Cutout")
    # The front page has no adjustment here.
    names = ("cross-entropy", None, "balanced softmax", "DBM-BS", "LDAM-DRW")
    for name, (_, here, _, papers, _) in zip(names, rows, strict=True):
        assert name is None or f"{name} {here} ({papers})" in front, name
