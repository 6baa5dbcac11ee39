"""Remedies on features of a pretrained network."""

import csv
from statistics import mean

import pytest

from ltlight.report.stats.difference import BETTER, UNDECIDED
from tests.reference.kept import (
    ACCOUNT,
    FRONT,
    KEPT,
    RATIOS,
    gains,
    in_one_line,
    runs,
    spread,
    table_after,
    values,
)


@pytest.mark.parametrize("ratio", ["0.005", "0.02", "0.1"])
def test_frozen_features(ratio):
    study = "lite0_cifar50"
    rows = table_after(ACCOUNT, f"At ratio {ratio}")
    assert {row[0].strip("`") for row in rows} == {m for r, m in runs(study) if r == ratio}
    for name, accuracy, f1, shots, ece in rows:
        method = name.strip("`")
        assert accuracy == spread(values(study, ratio, method, "test/accuracy", 100), 1)
        assert f1 == spread(values(study, ratio, method, "test/f1_macro"), 3)
        assert ece == spread(values(study, ratio, method, "test/ece", 100), 1)
        recalls = [
            mean(values(study, ratio, method, f"test/recall_{shot}", 100))
            for shot in ("many", "medium", "few")[: shots.count("/") + 1]
        ]
        assert shots == "/".join(f"{r:.0f}" for r in recalls), method


@pytest.mark.parametrize(
    ("ratio", "as_good"),
    [("0.1", {"balanced_softmax", "crt"}), ("0.02", {"balanced_softmax"}), ("0.005", set())],
)
def test_what_is_not_worse_than_the_free_correction_of_frozen_features(ratio, as_good):
    with (KEPT / "lite0_cifar50" / "comparisons.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if float(row["ratio"]) == float(ratio)]
    free = {row["method"]: row["over_free/word"] for row in rows if row["over_free/word"]}
    assert BETTER not in free.values()
    undecided = {method for method, word in free.items() if word == UNDECIDED}
    assert undecided == as_good | {"logit_adjustment"}  # the same under its own name


def test_what_mixing_features_brings():
    brought = {
        method: [
            mean(gains("lite0_cifar50", ratio, method, "test/accuracy", 100)) for ratio in RATIOS
        ]
        for method in ("mixup", "remix")
    }
    least, *_, most = sorted(brought["mixup"])
    by_ratio = "{:.1f}, {:.1f} and {:.1f}".format(*brought["remix"])
    text = in_one_line(ACCOUNT, "- Mixing features:")
    assert f"`mixup` is undecided ({least:.1f} to {most:.1f} points)" in text
    assert f"`remix` brings {by_ratio} points at 0.1, 0.02 and 0.005" in text
    with (KEPT / "lite0_cifar50" / "comparisons.csv").open() as file:
        words = {(row["method"], row["gain/word"]) for row in csv.DictReader(file)}
    assert {word for method, word in words if method == "mixup"} == {UNDECIDED}
    assert {word for method, word in words if method == "remix"} == {BETTER}


def test_idc_on_frozen_features():
    rows = table_after(ACCOUNT, "### IDC on frozen features")
    assert len(rows) == 12
    size = ""
    for first, method, *cells in rows:
        size = first or size
        study, name = f"lite0_idc_{size}", method.strip("`")
        told = [
            spread(values(f"{study}/idc", "1.0", name, f"test/{metric}", scale), digits)
            for metric, scale, digits in (
                ("balanced_accuracy", 100, 1),
                ("f1_macro", 1, 3),
                ("sensitivity", 100, 1),
                ("specificity", 100, 1),
                ("roc_auc", 1, 3),
                ("pr_auc", 1, 3),
            )
        ]
        assert cells == told
        with (KEPT / study / "comparisons.csv").open() as file:
            words = {row["gain/word"] for row in csv.DictReader(file)} - {""}  # of the baseline
        assert words == {UNDECIDED}


def test_every_method_on_frozen_features():
    rows = table_after(ACCOUNT, "### Every method with a meaning on features")
    with (KEPT / "lite0_panel" / "comparisons.csv").open() as file:
        words = {row["method"]: row for row in csv.DictReader(file)}
    assert len(rows) == 33
    best_first = [
        mean(values("lite0_panel", "0.1", row[0].strip("`"), "test/accuracy")) for row in rows
    ]
    assert best_first == sorted(best_first, reverse=True)
    for named, accuracy, f1, shots, *told in rows:
        method = named.strip("`")
        assert accuracy == spread(values("lite0_panel", "0.1", method, "test/accuracy", 100), 1)
        assert f1 == spread(values("lite0_panel", "0.1", method, "test/f1_macro"), 3)
        many, medium = (
            f"{mean(values('lite0_panel', '0.1', method, f'test/recall_{s}', 100)):.0f}"
            for s in ("many", "medium")
        )
        assert shots == f"{many}/{medium}"
        kept = (words[method]["gain/word"], words[method]["over_free/word"])
        assert told == [word or "–" for word in kept]


def test_heads_trained_together_score_as_one_by_one():
    for method in {method for ratio, method in runs("lite0_cifar50") if ratio == "0.1"}:
        one_by_one, together = (
            values(study, "0.1", method, "test/accuracy")
            for study in ("lite0_cifar50", "lite0_panel")
        )
        assert one_by_one == pytest.approx(together, abs=1e-6)


def test_label_over_smoothing_with_more_epochs():
    found = [
        spread(values(study, "0.1", "los", "test/accuracy", 100), 1)
        for study in ("lite0_los", "lite0_panel")
    ]
    text = in_one_line(ACCOUNT)
    assert "it has {} % in the place of {}".format(*found) in text


def test_the_remedy_on_frozen_features_was_chosen_on_held_out_images():
    page = ACCOUNT
    rows = table_after(page, "fifty a class, held out before the long tail")
    for named, *cells in rows:
        told = [
            values("lite0_held_out", r, named.strip("`"), "val/balanced_accuracy", 100)
            for r in RATIOS
        ]
        assert cells == [spread(found, 1) for found in told]
    for ratio in RATIOS:
        scores = {
            method: mean(values("lite0_held_out", ratio, method, "val/balanced_accuracy"))
            for r, method in runs("lite0_held_out")
            if r == ratio
        }
        assert len(scores) == 11
        assert max(scores, key=lambda method: scores[method]) == "dbm_bs"
    chosen = table_after(page, "Trained on everything, and tested")
    readme = table_after(FRONT, "CIFAR-50 on frozen features")
    for (ratio, *cells, _), (_, *short) in zip(chosen, readme, strict=True):
        study = "lite0_panel" if ratio == "0.1" else "lite0_dbm"
        told = [
            spread(values(study, ratio, method, "test/accuracy", 100), 1)
            for method in ("baseline", "dbm_bs")
        ]
        assert cells == told == short[:2]


def test_trashnet_frozen_and_fine_tuned():
    """Means and spreads of three seeds, and the gains of fine-tuning seed by seed."""
    for method, *cells in table_after(ACCOUNT, "### TrashNet"):
        study = "lite0_trashnet_tuned" if "fine-tuned" in method else "lite0_trashnet"
        name = method.split("`")[1]
        for cell, (metric, scale, digits) in zip(
            cells,
            (
                ("test/accuracy", 100, 1),
                ("test/balanced_accuracy", 100, 1),
                ("test/f1_macro", 1, 3),
                ("test/ece", 100, 1),
            ),
            strict=True,
        ):
            assert cell == spread(values(study, "1.0", name, metric, scale), digits), method
    tuned, frozen = (
        values(study, "1.0", "baseline", "test/accuracy", 100)
        for study in ("lite0_trashnet_tuned", "lite0_trashnet")
    )
    won = [f"{a - b:.1f}" for a, b in zip(tuned, frozen, strict=True)]
    assert f"({won[0]}, {won[1]} and {won[2]} points of accuracy" in in_one_line(
        ACCOUNT, "TrashNet"
    )


def test_size_and_views():
    """Means and spreads of three seeds at three ratios."""
    studies = {
        "160 pixels": "across/lite0_cifar50_160",
        "160 pixels, 4 views": "lite0_cifar50_views",
        "224 pixels": "lite0_cifar50_224",
    }
    methods = ("baseline", "logit_adjustment", "balanced_softmax", "dbm_bs")
    ratio, compared = "", 0
    for first, size, *cells in table_after(ACCOUNT, "### Its own 224 pixels"):
        ratio = first or ratio
        for method, cell in zip(methods, cells, strict=True):
            assert cell == spread(values(studies[size], ratio, method, "test/accuracy", 100), 1)
            compared += 1
    assert compared == 9 * 4
