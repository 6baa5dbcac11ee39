"""CIFAR-100-LT beside the papers' figures."""

import csv
import re

import numpy as np
from scipy.special import softmax

from tests.reference.kept import (
    ACCOUNT,
    FRONT,
    KEPT,
    accuracy_by_epoch,
    adjusted_accuracy,
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
    for first, here, _, _, calibration, _ in rows:
        method = first.split("`")[1] if "`" in first else None
        if method is None:
            assert here == f"{adjusted_accuracy('cifar100_lt'):.1f}"
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


def test_published_figures_with_autoaugment_and_cutout():
    """Of the last epoch, and of the best of those that were tested, which nothing was chosen by."""
    study = "cifar100_autoaugment"
    rows = table_after(ACCOUNT, "### With AutoAugment and Cutout")
    [(here, _, _, calibration)] = [row for first, *row in rows if not first.startswith("`")]
    assert here == f"{adjusted_accuracy(study):.1f}"
    assert calibration == f"{100 * adjusted_calibration(study, '0.01'):.1f}"
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
    mean, low, high = (-100 * float(behind[f"behind_best/{k}"]) for k in ("mean", "high", "low"))
    assert f"here balanced softmax by {mean:.1f} [{low:.1f}, {high:.1f}], undecided" in account
    for method, told in (
        ("balanced_softmax", "gains {:.1f} points over crop and flip ({:.1f})"),
        ("baseline", "cross-entropy {:.1f} ({:.1f})"),
    ):
        [plain] = values("cifar100_lt", "0.01", method, "test/accuracy", 100)
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
    for name, (_, here, papers, *_) in zip(names, rows, strict=True):
        assert re.search(rf"{name} {here}( %)? \({papers}\)", front), name
    rows = table_after(ACCOUNT, "### With AutoAugment and Cutout")
    # The front page has no adjustment here.
    names = ("cross-entropy", None, "balanced softmax", "DBM-BS", "LDAM-DRW")
    for name, (_, here, _, papers, _) in zip(names, rows, strict=True):
        assert name is None or f"{name} {here} ({papers})" in front, name
