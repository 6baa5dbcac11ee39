"""Every remedy, alone: the table, and what it shows."""

import csv
from statistics import mean

import pytest

from ltlight.report.stats.difference import BETTER, UNDECIDED, WORSE
from tests.reference.kept import (
    ACCOUNT,
    FRONT,
    KEPT,
    Values,
    gains,
    in_one_line,
    runs,
    spread,
    t_interval,
    table_after,
    values,
)

HEADING = "## Every remedy, alone"
RATIO = {"panel_cifar50": "0.005", "panel_digits": "0.01"}


def of_cifar(method: str, metric: str, scale: float = 1) -> Values:
    """By seed."""
    return values("panel_cifar50", "0.005", method, metric, scale)


def words(study: str, column: str) -> dict[str, str]:
    """Method to the report's word of its gain (``gain``) or lead over the free adjustment."""
    with (KEPT / study / "comparisons.csv").open() as file:
        return {row["method"]: row[f"{column}/word"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("study", RATIO)
def test_three_seeds_of_every_method(study):
    kept = runs(study)
    assert all(sorted(by_seed) == [0, 1, 2] for by_seed in kept.values())
    assert {ratio for ratio, _ in kept} == {RATIO[study]}


def test_the_table():
    rows = table_after(ACCOUNT, HEADING)
    assert {row[0].strip("`") for row in rows} == {method for _, method in runs("panel_digits")}
    gain, free = words("panel_cifar50", "gain"), words("panel_cifar50", "over_free")
    on_digits = words("panel_digits", "gain")
    for first, accuracy, f1, shots, beside, beside_free, digits, digits_beside in rows:
        method = first.strip("`")
        assert accuracy == spread(of_cifar(method, "test/accuracy", 100), 1), method
        assert f1 == spread(of_cifar(method, "test/f1_macro"), 3), method
        recalls = [
            mean(of_cifar(method, f"test/recall_{shot}", 100)) for shot in ("many", "medium", "few")
        ]
        assert shots == "/".join(f"{r:.0f}" for r in recalls), method
        assert (beside, beside_free) == (gain[method] or "–", free[method] or "–"), method
        found = values("panel_digits", "0.01", method, "test/accuracy", 100)
        assert digits == spread(found, 1), method
        assert digits_beside == (on_digits[method] or "–"), method


def those(study: str, column: str, word: str) -> set[str]:
    """Methods of which the report has this word."""
    return {method for method, found in words(study, column).items() if found == word}


def test_what_is_better_on_cifar50():
    better = those("panel_cifar50", "gain", BETTER)
    heads, priors = {"crt", "lws", "nearest_mean"}, {"dbm_bs", "balanced_softmax", "logit_adjusted"}
    assert better == {"strong", "improved_corrected"} | heads | priors
    assert those("panel_cifar50", "over_free", BETTER) == {"strong"}
    assert those("panel_cifar50", "behind_best", UNDECIDED) == {"crt", "dbm_bs"}
    won = {m: mean(gains("panel_cifar50", "0.005", m, "test/accuracy", 100)) for m in better}
    others = [gain for method, gain in won.items() if method != "strong"]
    text = in_one_line(ACCOUNT, HEADING)
    assert f"`strong` is first, {won['strong']:.1f} points above the baseline" in text
    assert f"seven others are better than the baseline, by {min(others):.1f} to" in text
    assert f"to {max(others):.1f} points:" in text
    assert len(others) == 7


def test_what_is_worse_on_cifar50():
    weighted = {"reweight", "class_balanced", "class_balanced_focal", "improved_reweight"}
    augmented, decayed = {"trivial", "auto_augment"}, {"weight_decay", "weight_balancing"}
    assert those("panel_cifar50", "gain", WORSE) == weighted | augmented | decayed | {"los"}


def test_what_the_sampler_and_the_reports_method_bring_on_cifar50():
    text = in_one_line(ACCOUNT, HEADING)
    for method, told in (
        ("sampler", "CIFAR-50 ({:+.1f} points"),
        ("improved", "training ({:+.1f}"),
    ):
        gain = mean(gains("panel_cifar50", "0.005", method, "test/accuracy", 100))
        assert f"{told.format(gain)}, undecided)" in text
        assert words("panel_cifar50", "gain")[method] == UNDECIDED


def test_strong_beside_the_free_adjustment():
    """On one view, and on ten as `strong` has itself."""
    with (KEPT / "panel_cifar50" / "results.csv").open() as file:
        found = [row for row in csv.DictReader(file) if row["method"] == "tta"]
    on_ten = [100 * float(row["adjusted/accuracy"]) for row in found]
    strong = of_cifar("strong", "test/accuracy", 100)
    on_one = of_cifar("logit_adjustment", "test/accuracy", 100)
    less = [a - b for a, b in zip(strong, on_ten, strict=True)]
    low, high = t_interval(less)
    text = in_one_line(ACCOUNT, HEADING)
    assert f"free post-hoc logit adjustment ({mean(on_one):.1f} %)" in text
    assert f"{spread(on_ten, 1)} % (`tta`, adjusted), {mean(less):.1f} points" in text
    assert f"points [{low:.1f}, {high:.1f}] less than `strong`" in text
    front = f"{mean(strong):.1f} % against {mean(on_one):.1f}, or {mean(on_ten):.1f} on ten views"
    assert front in in_one_line(FRONT)


def test_what_is_better_on_the_digits():
    assert those("panel_digits", "over_free", BETTER) == {"bs_cmo"}
    better = {"bs_cmo", "balanced_softmax", "logit_adjusted", "strong", "dbm_bs"}
    assert those("panel_digits", "gain", BETTER) == better
    assert "fifteen are not shown to be behind it" in in_one_line(ACCOUNT, HEADING)
    assert len(those("panel_digits", "behind_best", UNDECIDED)) == 15
    for method, told in (("bs_cmo", "first with {:.1f} %"), ("logit_adjustment", "({:.1f} %)")):
        accuracy = mean(values("panel_digits", "0.01", method, "test/accuracy", 100))
        assert told.format(accuracy) in in_one_line(ACCOUNT, "- On the digits `bs_cmo`")
