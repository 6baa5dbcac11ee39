"""The numbers of every comparison: the table and the file."""

import csv
import io

import numpy as np
import pytest

from ltlight.report.results.published import CIFAR50
from ltlight.report.results.seed_average import seed_averages
from ltlight.report.results.sweep import ACCURACY, BALANCED, read_sweep
from ltlight.report.sections import numbers
from ltlight.report.stats.comparison import compare, resample
from ltlight.report.stats.difference import Difference, Family
from ltlight.report.stats.judging import rank
from tests.report.run_folders import write_panel, write_run


@pytest.fixture(scope="module")
def table(ranking, panel_comparisons):
    return numbers.numbers_table([ranking], panel_comparisons)


def read(folder):
    sweep = read_sweep(folder)
    return rank(sweep, resample(sweep)), compare(sweep), seed_averages(sweep)


def test_a_row_a_method_with_its_words(ranking, table):
    rows = {row[2]: row for row in table.rows}
    assert len(rows) == len(ranking.entries) + 1  # and what the baseline gets for free
    place = {name: i for i, name in enumerate(table.header)}
    for e in ranking.remedies:
        row = rows[e.method]
        assert row[place["gain, points"]] == f"{numbers.difference_text(e.gain)}\n{e.gain.word}"
        assert row[place["over the\nfree one"]].endswith(f"\n{e.over_free.word}")
        behind = "" if e.behind is None else f"\n{e.behind.word}"
        assert row[place["behind\nthe best"]].endswith(behind)
    assert [row[2] for row in table.rows] == [e.method for e in numbers.in_order(ranking)]


@pytest.mark.parametrize(
    ("mean", "error", "text"),
    [(0.0571, 0.004, "+5.7 [+4.9, +6.5]"), (0.191, 0.03, "+19 [+13, +25]")],
)
def test_digits_follow_the_error(mean, error, text):
    d = Difference(mean, 3, error**2, 0.0, np.inf, Family(2))
    assert numbers.difference_text(d) == text


def test_a_decided_interval_does_not_seem_to_hold_0():
    d = Difference(0.0084, 3, 0.0042**2, 0.0, np.inf, Family(2))
    assert d.word == "better"
    assert numbers.difference_text(d) == "+0.8 [+0.02, +1.7]"


def test_accuracy_is_called_balanced_where_the_test_set_is_not(table, tmp_path):
    assert "accuracy %" in table.header
    write_panel(tmp_path, 3, seeds=1)
    for file in tmp_path.glob("**/predictions.npz"):
        with np.load(file) as arrays:
            np.savez(file, **{k: v if k == "class_counts" else v[:-7] for k, v in arrays.items()})
    rankings, comparisons, _ = read(tmp_path)
    header = numbers.numbers_table(rankings, comparisons).header
    assert {"balanced\naccuracy %", "accuracy %"} <= set(header)


def test_steps_stand_where_a_machine_was_shared(tmp_path):
    for method in ("baseline", "improved"):
        shared = {"threads": 1, "load": 1.0 if method == "baseline" else 2.5, "steps": 123}
        write_run(tmp_path, method=method, metrics=shared, pictures=False)
    rankings, comparisons, _ = read(tmp_path)
    found = numbers.numbers_table(rankings, comparisons)
    assert {row[found.header.index("training steps")] for row in found.rows} == {"123"}


def test_published_scores_stand_beside_ours_where_there_are_any(tmp_path, table):
    assert not any("report" in name for name in table.header)
    settings = {"num_classes": 50, "train_max": 500, "test_per_class": 100, "pictures": False}
    for method in ("baseline", "improved"):
        write_run(tmp_path, 0.02, method, metrics={"class_names": [*CIFAR50]}, **settings)
    rankings, comparisons, _ = read(tmp_path)
    found = {row[2]: row[-1] for row in numbers.numbers_table(rankings, comparisons).rows}
    assert (found["baseline"], found["improved"]) == ("32.98\n0.2677", "39.40\n0.3714")


def test_the_average_of_seeds_is_a_row_that_is_compared_with_nothing(tmp_path):
    write_panel(tmp_path, 3, seeds=2, data_keys={"seed": 0})
    rankings, comparisons, averages = read(tmp_path)
    found = numbers.numbers_table(rankings, comparisons, averages)
    [row] = [row for row in found.rows if "average of the seeds" in row[2]]
    assert len(row) == len(found.header)
    assert set(row[5:8]) == {""}


def test_the_file_holds_every_difference_with_its_word(ranking):
    rows = list(csv.DictReader(io.StringIO(numbers.comparisons_csv([ranking]))))
    for row, e in zip(rows, numbers.in_order(ranking), strict=True):
        assert row["method"] == e.method
        assert float(row["balanced_accuracy"]) == e.mean(BALANCED)
        assert float(row["accuracy"]) == e.mean(ACCURACY)
        for kind, d in (("gain", e.gain), ("over_free", e.over_free), ("behind_best", e.behind)):
            if d is None:
                assert row[f"{kind}/word"] == ""
            else:
                assert row[f"{kind}/word"] == d.word
                assert float(row[f"{kind}/mean"]) == d.mean
                assert float(row[f"{kind}/low"]) == d.interval[0]
