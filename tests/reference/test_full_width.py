"""The EE 443 report's own settings, beside its figures."""

import json

import pytest

from ltlight.report.results.published import REPORT
from tests.reference.kept import (
    ACCOUNT,
    FRONT,
    KEPT,
    RATIOS,
    Values,
    in_one_line,
    runs,
    text_of,
    values,
)


@pytest.mark.parametrize("study", ["", "_epyc", "_bf16", "_onwards", "_balanced_draws"])
def test_full_width(study):
    """The kept runs at full width: to the digits printed."""
    text = text_of(ACCOUNT)
    for (ratio, method), by_seed in runs(f"full_width{study}").items():
        for run in by_seed.values():
            said = f"{100 * run['test/accuracy']:.2f}, {run['test/f1_macro']:.4f}"
            assert said in text, (ratio, method)


def at_full_width(*studies: str, method: str) -> Values:
    """Accuracy of seed 0 in %, a study (its name's end) by ratio from 0.1 downwards."""
    return [
        values(f"full_width{study}", ratio, method, "test/accuracy", 100)[0]
        for study, ratio in zip(studies, RATIOS, strict=True)
    ]


def below_the_report(found: Values, method: str) -> Values:
    """Points, by ratio from 0.1 downwards."""
    report = [100 * REPORT["cifar50", float(ratio), method][1] for ratio in RATIOS]
    return [a - b for a, b in zip(report, found, strict=True)]


def listed(found: Values) -> str:
    return "{:.1f}, {:.1f} and {:.1f}".format(*found)


def test_full_width_beside_the_report():
    """The differences that the texts tell, in points of accuracy: before, after, after in steps."""
    before = at_full_width("_bf16", "_bf16", "_bf16", method="baseline")
    alone = at_full_width("_bf16", "", "_epyc", method="improved")
    after = at_full_width("_onwards", "_onwards", "_onwards", method="improved")
    [drawn] = values("full_width_balanced_draws", "0.02", "improved", "test/accuracy", 100)
    below, of_alone, of_after = (
        below_the_report(found, method)
        for found, method in ((before, "baseline"), (alone, "improved"), (after, "improved"))
    )
    gained = [a - b for a, b in zip(after, before, strict=True)]
    page = in_one_line(ACCOUNT)
    assert f"At 0.02 it is {below[1]:.1f} points below and at 0.1 {below[0]:.1f}:" in page
    assert f"trained alone**: {listed(of_alone)} points below the report" in page
    assert (
        f"{after[0]:.1f} % at 0.1, {of_after[0]:.1f} points below the report, {after[1]:.1f} at "
        f"0.02, {-of_after[1]:.1f} above it, and {after[2]:.1f} at 0.005, {of_after[2]:.1f} below"
    ) in page
    assert f"twice the report's ({gained[0]:.1f} and {gained[1]:.1f} points" in page
    assert f"agrees at 0.02: {drawn:.1f} % and" in page
    [more] = values("full_width_balanced_draws", "0.1", "improved", "test/accuracy", 100)
    theirs = 100 * REPORT["cifar50", 0.1, "improved"][1]
    assert f"At 0.1 it has {more:.1f} %, {theirs - more:.1f} points below" in page
    assert f"{more - before[0]:.1f} points over *before* where" in page
    [balanced] = values("full_width_bf16", "1.0", "baseline", "test/accuracy", 100)
    lacking = 100 * REPORT["cifar50", 1.0, "baseline"][1] - balanced
    assert f"on the balanced set {lacking:.1f}." in page
    assert f"**The balanced set** has {balanced:.1f} % where" in page
    [longer] = values("full_width_onwards", "0.02", "baseline", "test/accuracy", 100)
    theirs = 100 * REPORT["cifar50", 0.02, "baseline"][1]
    assert f"the baseline has {longer:.1f} %, {theirs - longer:.1f} points below the report" in page
    assert f"over *before* is {drawn - before[1]:.1f} points where" in page
    front = in_one_line(FRONT)
    assert f"30 epochs more at 0.02 {longer:.1f} %" in front
    assert f"the balanced set {balanced:.1f} %, {lacking:.1f} below)" in front
    assert f"*before* has {listed(before)} %, {listed(below)} points below the report" in front
    assert f"*after* {listed(alone)} %, {listed(of_alone)} below" in front
    assert f"baseline's weights it has {listed(after)} %" in front
    assert f"{more:.1f} % at 0.1 and {drawn:.1f} at 0.02" in front


@pytest.mark.parametrize(
    ("study", "run", "epochs", "words"),
    [
        (
            "_bf16",
            "0.1/method=improved",
            (30, 40, 50),
            "at 0.1 {} % after 30 epochs, {} after 40, {} after 50",
        ),
        (
            "_bf16",
            "1.0/method=baseline",
            (10, 20, 30, 40),
            "({} % after 10 epochs, {} after 20, {} after 30, {} after 40)",
        ),
        ("", "0.02/method=improved", (35, 40), "at 0.02 {} after 35 and {} after 40"),
        ("_onwards", "0.02/method=baseline", (10, 20), "({} % after 10 of the 30, {} after 20)"),
        (
            "_balanced_draws",
            "0.02/method=improved",
            (20,),
            "draws has {} % after about as many steps (15,640)",
        ),
        (
            "_balanced_draws",
            "0.02/method=improved",
            (25, 30, 45),
            "{} % after 25 epochs, {} after 30, {} after 45",
        ),
        (
            "_balanced_draws",
            "0.02/method=improved",
            (25, 30),
            "draws has {} % after 19,550 steps and {} after 23,460",
        ),
        (
            "_balanced_draws",
            "0.1/method=improved",
            (20, 30, 40, 50),
            "({} % after 20 epochs, {} after 30, {} after 40, {} after 50)",
        ),
        ("_balanced_draws", "0.1/method=improved", (40,), "{} % after 31,280 steps"),
        ("_onwards", "0.005/method=improved", (20, 40), "({} % after 20 epochs, {} after 40)"),
        (
            "_onwards",
            "0.1/method=improved",
            (20, 40, 50),
            "({} after 20, {} after 40, {} after 50)",
        ),
    ],
)
def test_curves_at_full_width(study, run, epochs, words):
    """What the text says of the test accuracy on the way."""
    file = KEPT / f"full_width{study}" / f"cifar50/ratio={run}/seed=0/curves.jsonl"
    points = [json.loads(line) for line in file.read_text().splitlines()]
    found = {p["epoch"]: f"{100 * p['test/accuracy']:.1f}" for p in points if "test/accuracy" in p}
    page = in_one_line(ACCOUNT)
    assert words.format(*(found[epoch] for epoch in epochs)) in page
