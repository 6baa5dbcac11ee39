"""IDC: before and after, by class, at the fitted threshold."""

from functools import partial
from statistics import mean

from ltlight.report.stats.difference import UNDECIDED
from tests.reference.kept import (
    ACCOUNT,
    FRONT,
    gains,
    in_one_line,
    row_of,
    spread,
    t_interval,
    table_after,
    values,
)
from tests.reference.words import kept_words

IDC = {"resized to 32x32": "idc_32", "structure fitted to 50x50": "idc_50"}


def test_idc_before_and_after():
    """Means and gains of five seeds; the words as in comparisons.csv."""
    words = kept_words("idc")
    for first, *cells in table_after(ACCOUNT, "## IDC"):
        study = f"idc/{IDC[first]}"
        row = row_of(ACCOUNT, first)
        assert row.endswith(", undecided |") == (words[IDC[first], "improved"] == UNDECIDED)
        for n, (metric, scale, digits) in enumerate(
            (
                ("test/f1_macro", 1, 3),
                ("test/accuracy", 100, 1),
                ("test/balanced_accuracy", 100, 1),
            )
        ):
            told = [
                spread(values(study, "1.0", method, metric, scale), digits)
                for method in ("baseline", "improved")
            ]
            assert cells[2 * n].split("  ") == told
            won = gains(study, "1.0", "improved", metric, scale)
            assert len(won) == 5
            assert cells[2 * n + 1] == spread(won, digits, "+")


def test_the_front_page():
    """Its row is of the structure that is fitted to 50x50."""
    rows = {first: cells for first, *cells in table_after(FRONT, "## Results")}
    for method, cell in zip(("baseline", "improved"), rows["IDC (50x50), as it is"], strict=False):
        assert cell == spread(values("idc/idc_50", "1.0", method, "test/accuracy", 100), 1)
    marked = UNDECIDED in row_of(FRONT, "IDC (50x50), as it is").split("|")[3]
    assert marked == (kept_words("idc")["idc_50", "improved"] == UNDECIDED)


def test_idc_by_class_and_calibration():
    size = ""
    rows = table_after(ACCOUNT, "Sensitivity is the share")
    assert len(rows) == 4
    for first, method, *cells in rows:
        size = first or size
        told = [
            spread(values(f"idc/{IDC[size]}", "1.0", method, f"test/{name}", scale), digits)
            for name, scale, digits in (
                ("sensitivity", 100, 1),
                ("specificity", 100, 1),
                ("roc_auc", 1, 3),
                ("pr_auc", 1, 3),
                ("ece", 100, 1),
                ("log_loss", 1, 2),
            )
        ]
        assert cells == told


def held_out_idc(size: str, method: str, name: str, scale: float, digits: int) -> str:
    found = values(f"idc_held_out/{size}", "1.0", method, f"test/{name}", scale)
    assert len(found) == 5
    return spread(found, digits)


def test_idc_at_the_fitted_threshold():
    size = ""
    for first, method, *cells in table_after(
        ACCOUNT, "The same with a fifth of the training images held out"
    ):
        size = first or size
        told = partial(held_out_idc, IDC[size], method)
        assert cells[:2] == [
            told("sensitivity_at_threshold", 100, 1),
            told("specificity_at_threshold", 100, 1),
        ]
        for cell, name, scale, digits in ((cells[2], "ece", 100, 1), (cells[3], "log_loss", 1, 2)):
            both = [told(name, scale, digits), told(f"{name}_calibrated", scale, digits)]
            assert cell.split("  ") == both


def test_what_the_fitted_threshold_changes_in_the_baseline():
    """Against calling by the larger probability, in points and in images; what of it is decided."""
    changed, decided = {}, {}
    for size in IDC.values():
        for name in ("sensitivity", "specificity"):
            with_it, without = (
                values(f"idc_held_out/{size}", "1.0", "baseline", f"test/{key}", 100)
                for key in (f"{name}_at_threshold", name)
            )
            found = [a - b for a, b in zip(with_it, without, strict=True)]
            low, high = t_interval(found)
            changed[size, name], decided[size, name] = mean(found), low > 0 or high < 0
    of_70 = [round(0.70 * changed[size, "sensitivity"]) for size in IDC.values()]
    of_479 = [round(-4.79 * changed[size, "specificity"]) for size in IDC.values()]
    more, alarms = (
        [f"{abs(changed[size, name]):.0f}" for size in IDC.values()]
        for name in ("sensitivity", "specificity")
    )
    text = in_one_line(ACCOUNT, "A threshold from 15 held-out")
    assert f"finds {more[0]} and {more[1]} points more" in text
    assert f"({of_70[0]} and {of_70[1]} of 70), for {alarms[0]} and {alarms[1]} points more" in text
    assert f"({of_479[0]} and {of_479[1]} of 479; at 50x50 neither is decided)" in text
    assert not any(decided["idc_50", name] for name in ("sensitivity", "specificity"))
    assert all(decided["idc_32", name] for name in ("sensitivity", "specificity"))
