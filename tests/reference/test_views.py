"""`strong` beside the others on as many views of a picture, and how it was chosen."""

import csv
import json
from pathlib import Path
from statistics import mean

import pytest

from ltlight.report.stats.difference import WORSE
from tests.reference.kept import (
    ACCOUNT,
    FRONT,
    KEPT,
    RATIOS,
    Values,
    in_one_line,
    spread,
    t_interval,
    table_after,
    values,
)

STUDIES = {"0-49": "views_width0.125/cifar50", "50-99": "views_width0.125/cifar50b"}
BY_VIEWS = {
    "1": ("improved", "improved_corrected", "logit_adjustment_one_view", "strong_one_view"),
    "10": (
        "improved_ten_views",
        "improved_corrected_ten_views",
        "logit_adjustment_ten_views",
        "strong",
    ),
}
HEADING = "## `strong`"


def accuracies(classes: str, ratio: str, views: str) -> list[Values]:
    """In %, of `improved`, `improved_corrected`, the adjusted baseline and `strong`, by seed."""
    study, methods = STUDIES[classes], BY_VIEWS[views]
    return [values(study, ratio, method, "test/accuracy", 100) for method in methods]


def leads(classes: str, ratio: str, views: str) -> list[Values]:
    """Points of `strong` over the other three, by seed."""
    *others, strong = accuracies(classes, ratio, views)
    return [[ours - its for ours, its in zip(strong, other, strict=True)] for other in others]


def interval(found: Values) -> str:
    """Mean and its 95 % interval by Student's t."""
    low, high = t_interval(found)
    return f"{mean(found):+.1f} [{low:+.1f}, {high:+.1f}]"


def test_the_table_at_equal_views():
    rows = table_after(ACCOUNT, HEADING)
    assert len(rows) == len(STUDIES) * len(RATIOS) * len(BY_VIEWS)
    for classes, ratio, views, *cells in rows:
        expected = [spread(found, 1) for found in accuracies(classes, ratio, views)]
        expected += [spread(found, 1, "+") for found in leads(classes, ratio, views)]
        assert cells == expected, (classes, ratio, views)


@pytest.mark.parametrize("classes", STUDIES)
@pytest.mark.parametrize("views", BY_VIEWS)
def test_the_leads_over_the_ratios(classes, views):
    """A mean over ratios of every seed; the interval over these."""
    by_ratio = zip(*(leads(classes, ratio, views) for ratio in RATIOS), strict=True)
    of_all = [
        interval([mean(of_seed) for of_seed in zip(*found, strict=True)]) for found in by_ratio
    ]
    number = {"1": "one view", "10": "ten views"}[views]
    told = f"classes {classes}, {number}: {of_all[0]}, {of_all[1]} and {of_all[2]}"
    assert told in in_one_line(ACCOUNT, HEADING)


def test_strong_is_better_than_each_on_as_many_views():
    """By the report's rule, which compares every method with the best of its data set and ratio."""
    with (KEPT / "views_width0.125" / "comparisons.csv").open() as file:
        words = {
            (row["data"], row["ratio"], row["method"]): row["behind_best/word"]
            for row in csv.DictReader(file)
        }
    for data in (Path(study).name for study in STUDIES.values()):
        for ratio in RATIOS:
            rivals = {words[data, ratio, method] for method in BY_VIEWS["10"][:3]}
            assert rivals == {WORSE}
            assert words[data, ratio, "strong"] == ""  # the best itself


def test_how_much_ten_views_against_one_would_flatter():
    ours = [accuracies("50-99", ratio, "10")[-1] for ratio in RATIOS]
    unequal = mean(
        mean(strong) - mean(accuracies("50-99", ratio, "1")[0])
        for ratio, strong in zip(RATIOS, ours, strict=True)
    )
    equal = mean(mean(leads("50-99", ratio, "10")[0]) for ratio in RATIOS)
    assert (
        f"{unequal:.1f} points over `improved` on classes 50-99, mean of the ratios, in place of "
        f"{equal:.1f}."
    ) in in_one_line(ACCOUNT, HEADING)


def test_the_adjusted_baseline_on_ten_views_beside_improved_on_one():
    """Mean of the ratios, by half of the classes; no interval over seeds leaves out 0."""
    told = []
    for study in STUDIES.values():
        by_ratio = [
            [
                100 * (a - b)
                for a, b in zip(
                    values(study, ratio, "logit_adjustment_ten_views", "test/accuracy"),
                    values(study, ratio, "improved", "test/accuracy"),
                    strict=True,
                )
            ]
            for ratio in RATIOS
        ]
        of_all = [mean(of_seed) for of_seed in zip(*by_ratio, strict=True)]
        low, high = t_interval(of_all)
        assert low < 0 < high
        told.append(f"{mean(of_all):.1f}")
    text = in_one_line(ACCOUNT, HEADING)
    assert f"it has {told[0]} (classes 0-49) and {told[1]} points more than `improved`" in text


def test_the_front_page():
    by_ratio = [[mean(found) for found in leads("50-99", ratio, "10")] for ratio in RATIOS]
    improved, _, adjusted = (f"{mean(found):.1f}" for found in zip(*by_ratio, strict=True))
    assert (
        f"it is {improved} points above `improved` and {adjusted} above the baseline with logit"
    ) in in_one_line(FRONT)


def held_out(trial: str) -> dict[int, float]:
    """Seed to accuracy in % on held-out images, ten views."""
    lines = (KEPT / "search" / "new_parts.jsonl").read_text().splitlines()
    rows = [row for row in map(json.loads, lines) if row["trial"] == trial]
    return {row["seed"]: 100 * row["held_out/accuracy_ten_crop"] for row in rows}


def test_what_the_new_parts_brought_on_held_out_images():
    before, text = held_out("strong_plain"), in_one_line(ACCOUNT, HEADING)
    header = " ".join((KEPT.parents[1] / "conf/method/strong.yaml").read_text().split("\n# "))
    told = {
        "dbm_regmixup": "`dbm_bs` with `regmixup` ",
        "regmixup": "`regmixup` alone ",
        "dbm": "`dbm_bs` alone ",
        "auto_augment": "AutoAugment ",
        "auto_augment_cutout": "with cutout ",
        "los": "`los` ",
        "dbm_0.3": "with margin 0.3 ",
    }
    for trial, words in told.items():
        found = held_out(f"strong_{trial}")
        gained = [found[seed] - before[seed] for seed in found]
        several = len(gained) > 2
        shown = interval(gained) if several else f"{mean(gained):+.1f}"
        assert words + shown in text, trial
        if len(gained) == 5:
            assert shown in header


def test_strong_against_the_recipe_before():
    """On the test images: classes 0-49 by seed and ratio, 50-99 the two runs there are."""
    lines = (KEPT / "views_width0.125" / "earlier.jsonl").read_text().splitlines()
    before = [row for row in map(json.loads, lines) if row["recipe"] == "averaged, ten views"]
    text = in_one_line(ACCOUNT, HEADING)
    by_ratio = []
    for ratio in RATIOS:
        theirs = {
            row["seed"]: 100 * row["test/accuracy"]
            for row in before
            if row["ratio"] == float(ratio) and "data" not in row
        }
        ours = values("views_width0.125/cifar50", ratio, "strong", "test/accuracy", 100)
        by_ratio.append([new - theirs[seed] for seed, new in enumerate(ours)])
    each = [spread(found, 1, "+") for found in by_ratio]
    of_all = interval([mean(of_seed) for of_seed in zip(*by_ratio, strict=True)])
    told = f"{each[0]}, {each[1]} and {each[2]} points at 0.1, 0.02 and 0.005, {of_all}"
    assert told in text
    twice = []
    for ratio in ("0.02", "0.005"):
        [old] = [
            100 * row["test/accuracy"]
            for row in before
            if row.get("data") == "cifar50b" and row["ratio"] == float(ratio)
        ]
        ours = values(STUDIES["50-99"], ratio, "strong", "test/accuracy", 100)
        twice.append((f"{old:.1f}", f"{ours[0] - old:.1f}"))
    (a, c), (b, d) = twice
    assert f"{a} and {b} %, {c} and {d} points below" in text
    narrow = [
        100 * row["test/accuracy"]
        for row in before
        if (row.get("data"), row.get("width")) == ("cifar50", 0.0625)
    ]
    ours = values("panel_cifar50", "0.005", "strong", "test/accuracy", 100)
    assert f"brought none: {spread(ours, 1)} % after {spread(narrow, 1)}." in text
