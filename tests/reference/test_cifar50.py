"""CIFAR-50-LT at an eighth of the width: the report's method, its order, the free adjustment."""

import csv
from statistics import mean

import pytest

from ltlight.report.stats.difference import BETTER, UNDECIDED
from tests.reference.kept import (
    ACCOUNT,
    FRONT,
    KEPT,
    RATIOS,
    Values,
    gains,
    in_one_line,
    kept_interval,
    row_of,
    spread,
    t_interval,
    table_after,
    values,
)
from tests.reference.words import kept_error, word_of

CIFAR_50 = ("cifar50_width0.125", "views_width0.125/cifar50")


def test_the_front_page():
    """The accuracies of its first table that are CIFAR-50's."""
    compared = 0
    for first, *cells in table_after(FRONT, "## Results"):
        data, _, ratio = first.partition(", ")
        if data != "CIFAR-50":
            continue
        methods = ("baseline", "improved", "improved_corrected", "strong")
        for method, cell in zip(methods, cells, strict=False):
            study = CIFAR_50[method == "strong"]
            assert cell == spread(values(study, ratio, method, "test/accuracy", 100), 1)
            compared += 1
    assert compared == 12


def test_strong_beside_frozen_features():
    for ratio, *_, cell in table_after(FRONT, "CIFAR-50 on frozen features"):
        assert cell == spread(values(CIFAR_50[1], ratio, "strong", "test/accuracy", 100), 1)
    text = in_one_line(ACCOUNT, "**No remedy is worth as much as the features**")
    low, middle, high = (
        f"{mean(values(CIFAR_50[1], ratio, 'strong', 'test/accuracy', 100)):.1f}"
        for ratio in reversed(RATIOS)
    )
    assert f"has {low}, {middle} and {high} % at these ratios" in text


def test_the_reports_method():
    """CIFAR-50-LT: means, spreads and gains; the bootstrap's intervals as in results.md."""
    ratio, total = "", {"improved": [], "improved_corrected": []}
    for row in table_after(ACCOUNT, "## CIFAR-50-LT"):
        first, method, f1, f1_gain, accuracy, gain, _ = row
        study = "cifar50_width0.125"
        if first == "mean gain" or (not first and not f1):
            of_f1, of_accuracy = zip(*total[method], strict=True)
            assert (f1_gain, gain) == (f"{mean(of_f1):+.3f}", f"{mean(of_accuracy):+.1f}")
            continue
        ratio = first or ratio
        for cell, metric, scale, digits in (
            (f1, "test/f1_macro", 1, 3),
            (accuracy, "test/accuracy", 100, 1),
        ):
            ours = spread(values(study, ratio, method, metric, scale), digits)
            before = spread(values(study, ratio, "baseline", metric, scale), digits)
            assert cell.split("  ") == ([before, ours] if first else [ours])
        won = (
            mean(gains(study, ratio, method, "test/f1_macro")),
            mean(gains(study, ratio, method, "test/accuracy", 100)),
        )
        total[method].append(won)
        assert f1_gain == f"{won[0]:+.3f}"
        mean_gain, interval = gain.split(" ", 1)
        assert mean_gain == f"{won[1]:+.1f}"
        assert interval == kept_interval(study, ratio, method)


def over_improved(ratio: str) -> Values:
    """Points of `improved_corrected` over `improved`, seed by seed."""
    ours = values("cifar50_width0.125", ratio, "improved_corrected", "test/accuracy", 100)
    theirs = values("cifar50_width0.125", ratio, "improved", "test/accuracy", 100)
    return [a - b for a, b in zip(ours, theirs, strict=True)]


def test_the_corrected_order_of_transforms():
    """Of the three ratios together, of each, and which of these excludes nought."""
    by_ratio = {ratio: over_improved(ratio) for ratio in RATIOS}
    text = in_one_line(ACCOUNT)
    text = text[text.index("order of transforms costs") :][:600]
    of_all = [mean(of_seed) for of_seed in zip(*by_ratio.values(), strict=True)]
    low, high = t_interval(of_all)
    assert f"{mean(of_all):.1f} points [{low:.1f}, {high:.1f}]" in text
    each = [spread(found, 1) for found in by_ratio.values()]
    assert f"{each[0]}, {each[1]} and {each[2]} points higher" in text
    assert [ratio for ratio, found in by_ratio.items() if t_interval(found)[0] > 0] == ["0.1"]
    assert "only the interval at 0.1 excludes nought" in text


def test_the_free_adjustment():
    """Over the baseline and below `improved`: means of the ratios, of each seed, and of each."""
    with (KEPT / "cifar50_width0.125" / "results.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["method"] == "baseline"]
    adjusted = {
        ratio: [100 * float(r["adjusted/accuracy"]) for r in rows if r["ratio"] == ratio]
        for ratio in RATIOS
    }
    told = []
    for method, sign in (("baseline", 1), ("improved", -1)):
        over = [
            [
                sign * (a - b)
                for a, b in zip(
                    adjusted[r], values(CIFAR_50[0], r, method, "test/accuracy", 100), strict=True
                )
            ]
            for r in RATIOS
        ]
        of_all = [mean(of_seed) for of_seed in zip(*over, strict=True)]
        low, high = t_interval(of_all)
        told.append(f"{mean(of_all):.1f} points [{low:.1f}, {high:.1f}]")
    text = in_one_line(ACCOUNT, "- Post-hoc logit adjustment of the baseline")
    assert f"brings {told[0]}" in text
    assert f"`improved` is {told[1]} above it" in text


@pytest.mark.parametrize("ratio", RATIOS)
def test_every_gain_on_cifar50_is_decided(ratio):
    """No interval of `strong` is kept: it is that of the widest of the others, doubled."""
    errors = [kept_error(CIFAR_50[0], ratio, m) for m in ("improved", "improved_corrected")]
    for method, error in zip(("improved", "improved_corrected"), errors, strict=True):
        assert word_of(CIFAR_50[:1], ratio, method, error) == BETTER
    assert word_of(CIFAR_50, ratio, "strong", 2 * max(errors)) == BETTER
    assert UNDECIDED not in row_of(FRONT, f"CIFAR-50, {ratio}")
