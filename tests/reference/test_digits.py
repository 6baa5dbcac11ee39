"""The demo on handwritten digits, on two machines; mirrored digits."""

import csv
from statistics import mean

import pytest

from ltlight.report.stats.difference import UNDECIDED, WORSE
from tests.reference.kept import (
    ACCOUNT,
    BALANCED,
    FRONT,
    KEPT,
    RATIOS,
    gains,
    kept_interval,
    row_of,
    spread,
    table_after,
    text_of,
    values,
)
from tests.reference.words import kept_error, kept_words, word_of


def test_the_front_page():
    """Each of them is of a study that the full account names."""
    rows = {first: cells for first, *cells in table_after(FRONT, "## Results")}
    cells = dict(zip(("baseline", "improved"), rows["digits, 0.01"], strict=False))
    for method, cell in cells.items():
        assert cell == spread(values("digits_demo", "0.01", method, "test/accuracy", 100), 1)
    panel = dict(zip(("improved_corrected", "strong"), rows["digits, 0.01"][2:4], strict=True))
    for method, cell in panel.items():
        assert cell == spread(values("panel_digits", "0.01", method, "test/accuracy", 100), 1)


def test_the_demo():
    ratio = ""
    studies = {"EPYC": "digits_demo", "Xeon": "digits_demo_xeon"}
    for first, machine, f1, f1_gain, accuracy, gain in table_after(
        ACCOUNT, "## Handwritten digits, the demo"
    ):
        ratio, study = first or ratio, studies[machine]
        for cell, metric, scale, digits in (
            (f1, "test/f1_macro", 1, 3),
            (accuracy, "test/accuracy", 100, 1),
        ):
            means = [
                f"{mean(values(study, ratio, method, metric, scale)):.{digits}f}"
                for method in ("baseline", "improved")
            ]
            assert cell.split("  ") == means
        assert f1_gain == spread(gains(study, ratio, "improved", "test/f1_macro"), 3, "+")
        of_accuracy = mean(gains(study, ratio, "improved", "test/accuracy", 100))
        assert gain.split(" ")[0] == f"{of_accuracy:+.1f}"
        assert gain.split(" ", 1)[1] == kept_interval(study, ratio, "improved")


def test_what_the_front_page_marks_as_undecided():
    cells = row_of(FRONT, "digits, 0.01").split("|")[3:6]
    of_panel = kept_words("panel_digits")
    words = [
        word_of(["digits_demo"], "0.01", "improved", kept_error("digits_demo", "0.01", "improved")),
        *(of_panel["digits", method] for method in ("improved_corrected", "strong")),
    ]
    assert [UNDECIDED in cell for cell in cells] == [word == UNDECIDED for word in words]


@pytest.mark.parametrize("study", ["digits_demo", "digits_demo_xeon"])
def test_what_is_decided_of_the_demo(study):
    machine = {"digits_demo": "EPYC", "digits_demo_xeon": "Xeon"}[study]
    text = text_of(ACCOUNT)
    rows = [x for x in text.splitlines() if f"| {machine} |" in x]
    for ratio, row in zip(("0.02", "0.01", "0.005"), rows, strict=True):
        error = kept_error(study, ratio, "improved")
        word = word_of([study], ratio, "improved", error)
        assert row.endswith(", undecided |") == (word == UNDECIDED)


def test_words_without_predictions_are_those_with_them():
    """Of the EPYC's demo, made again, to the same scores, for `comparisons.csv`."""
    with (KEPT / "digits_demo" / "comparisons.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["method"] == "improved"]
    assert len(rows) == len(RATIOS)
    for row in rows:
        ratio = row["ratio"]
        found = gains("digits_demo", ratio, "improved", BALANCED)
        assert float(row["gain/mean"]) == pytest.approx(mean(found), abs=1e-6)
        error = kept_error("digits_demo", ratio, "improved")
        assert row["gain/word"] == word_of(["digits_demo"], ratio, "improved", error)


def test_what_mirroring_costs():
    """At 0.1 3.4 ± 1.5 points, which is not enough to be decided."""
    words = {
        ratio: word_of([study], ratio, "improved", kept_error(study, ratio, "improved"))
        for study in ["digits_with_flips"]
        for ratio in RATIOS
    }
    assert words == {"0.1": UNDECIDED, "0.02": WORSE, "0.005": UNDECIDED}
