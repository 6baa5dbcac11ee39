"""The EE 443 report's own settings, beside its figures."""

import pytest

from ltlight.report.results.published import REPORT
from tests.reference.kept import (
    ACCOUNT,
    FRONT,
    RATIOS,
    Values,
    accuracy_by_epoch,
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


BEFORE = dict.fromkeys(RATIOS, "_bf16")
ALONE = {"0.1": "_bf16", "0.02": "", "0.005": "_epyc"}  # `improved`, a study by ratio
ONWARDS = dict.fromkeys(RATIOS, "_onwards")


def score(study: str, ratio: str, method: str, metric: str = "test/accuracy") -> float:
    """Of seed 0, accuracy in %, macro-F1 as it is; the study by its name's end."""
    [found] = values(f"full_width{study}", ratio, method, metric)
    return 100 * found if metric == "test/accuracy" else found


def below(study: str, ratio: str, method: str) -> float:
    """Points of accuracy below the report's."""
    return 100 * REPORT["cifar50", float(ratio), method][1] - score(study, ratio, method)


def scores(studies: dict[str, str], method: str) -> Values:
    """Accuracies by ratio, from 0.1 downwards."""
    return [score(study, ratio, method) for ratio, study in studies.items()]


def gaps(studies: dict[str, str], method: str) -> Values:
    """`below`, by ratio from 0.1 downwards."""
    return [below(study, ratio, method) for ratio, study in studies.items()]


def listed(found: Values) -> str:
    return "{:.1f}, {:.1f} and {:.1f}".format(*found)


def test_before_beside_the_report():
    page = in_one_line(ACCOUNT)
    at_tenth, at_fiftieth, _ = gaps(BEFORE, "baseline")
    assert f"At 0.02 it is {at_fiftieth:.1f} points below and at 0.1 {at_tenth:.1f}:" in page
    balanced = ("_bf16", "1.0", "baseline")
    assert f"on the balanced set {below(*balanced):.1f}." in page
    assert f"**The balanced set** has {score(*balanced):.1f} % where" in page
    longer = ("_onwards", "0.02", "baseline")
    said = f"the baseline has {score(*longer):.1f} %, {below(*longer):.1f} points below the report"
    assert f"{said}, and its macro-F1, {score(*longer, 'test/f1_macro'):.3f}," in page
    longer = ("_onwards", "0.1", "baseline")
    assert f"nothing: {score(*longer):.1f} % after 30 epochs more" in page
    assert f"after 20), {below(*longer):.1f} points below the report. At 0.005" in page


def test_after_beside_the_report():
    page = in_one_line(ACCOUNT)
    assert f"trained alone**: {listed(gaps(ALONE, 'improved'))} points below the report" in page
    after, less = scores(ONWARDS, "improved"), gaps(ONWARDS, "improved")
    assert (
        f"{after[0]:.1f} % at 0.1, {less[0]:.1f} points below the report, {after[1]:.1f} at "
        f"0.02, {-less[1]:.1f} above it, and {after[2]:.1f} at 0.005, {less[2]:.1f} below"
    ) in page
    gained = [a - b for a, b in zip(after, scores(BEFORE, "baseline"), strict=True)]
    assert f"twice the report's ({gained[0]:.1f} and {gained[1]:.1f} points" in page


def test_a_balanced_sets_draws_beside_the_report():
    page = in_one_line(ACCOUNT)
    fiftieth, tenth = (("_balanced_draws", ratio, "improved") for ratio in ("0.02", "0.1"))
    f1 = score(*fiftieth, "test/f1_macro")
    less = REPORT["cifar50", 0.02, "improved"][0] - f1
    assert (
        f"agrees at 0.02: {score(*fiftieth):.1f} % and a macro-F1 of {f1:.3f}, "
        f"{below(*fiftieth):.1f} points and {less:.3f} below the report"
    ) in page
    assert f"At 0.1 it has {score(*tenth):.1f} %, {below(*tenth):.1f} points below" in page
    before = dict(zip(RATIOS, scores(BEFORE, "baseline"), strict=True))
    assert f"over *before* is {score(*fiftieth) - before['0.02']:.1f} points where" in page
    assert f"{score(*tenth) - before['0.1']:.1f} points over *before* where" in page


def test_the_front_page():
    front = in_one_line(FRONT)
    before, less = scores(BEFORE, "baseline"), gaps(BEFORE, "baseline")
    assert f"*before* has {listed(before)} %, {listed(less)} points below the report" in front
    longer = [score("_onwards", ratio, "baseline") for ratio in ("0.1", "0.02")]
    assert "30 epochs more {:.1f} % at 0.1 and {:.1f} at 0.02;".format(*longer) in front
    balanced = ("_bf16", "1.0", "baseline")
    assert f"the balanced set {score(*balanced):.1f} %, {below(*balanced):.1f} below)" in front
    alone = scores(ALONE, "improved"), gaps(ALONE, "improved")
    assert "*after* {} %, {} below".format(*map(listed, alone)) in front
    assert f"baseline's weights it has {listed(scores(ONWARDS, 'improved'))} %" in front
    tenth, fiftieth = (score("_balanced_draws", r, "improved") for r in ("0.1", "0.02"))
    assert f"{tenth:.1f} % at 0.1 and {fiftieth:.1f} at 0.02" in front


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
            "_onwards",
            "0.1/method=baseline",
            (10, 20),
            "24,960 steps; {} after 10, {} after 20)",
        ),
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
    found = accuracy_by_epoch(f"full_width{study}", f"cifar50/ratio={run}")
    page = in_one_line(ACCOUNT)
    assert words.format(*(f"{found[epoch]:.1f}" for epoch in epochs)) in page
