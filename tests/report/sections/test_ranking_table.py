"""The ranking as a table: what a row holds, and where the adjusted baseline stands."""

from dataclasses import replace

import numpy as np
import pytest

from ltlight.report.results.seed_average import SeedAverage
from ltlight.report.results.sweep import ACCURACY, BALANCED, read_sweep
from ltlight.report.sections.ranking_table import (
    SHOTS,
    UNKNOWN,
    behind_text,
    gain_text,
    ranking_table,
    time_text,
)
from ltlight.report.stats.comparison import resample
from ltlight.report.stats.difference import Difference
from ltlight.report.stats.ranking import FREE, Entry, rank
from tests.report.conftest import LONG
from tests.report.run_folders import write_panel


@pytest.fixture(scope="module")
def table(ranking):
    return ranking_table(ranking)


def test_a_row_holds_what_the_runs_recorded(ranking, table):
    rows = {row[1].strip("*"): dict(zip(table.header, row, strict=True)) for row in table.rows}
    assert len(rows) == 13
    for method, members in ranking.group.methods.items():
        row = rows[method]
        values = [100 * m.metrics[BALANCED] for m in members]
        assert row["accuracy %"] == f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}"
        few = 100 * np.mean([m.metrics["test/recall_few"] for m in members])
        assert row["few-shot %"] == f"{few:.1f}"
    assert rows["improved"]["training s"] == "11"
    assert rows[LONG]["training s"] == "400"
    assert rows["improved"]["gain, points"].startswith("-")
    bold = [row[1] for row in table.rows if row[1].startswith("**")]
    assert bold == [f"**{e.method}**" for e in ranking.near]


def test_the_adjusted_baseline_stands_where_it_would_be(ranking, table):
    [place] = [i for i, row in enumerate(table.rows) if row[1] == FREE]
    assert table.rows[place][0] == ""
    means = [float(row[2].split()[0]) for row in table.rows]
    assert means == sorted(means, reverse=True)
    counts = ranking.group.first.predictions.class_counts
    sizes = {"many": counts > 100, "medium": (counts <= 100) & (counts >= 20), "few": counts < 20}
    for column, metric in SHOTS.items():
        classes = np.flatnonzero(sizes[metric.rpartition("_")[2]])
        recalls = []
        for m in ranking.group.methods["baseline"]:
            p = m.predictions
            recalls.append(np.mean([np.mean(p.adjusted[p.targets == c] == c) for c in classes]))
        shown = table.rows[place][table.header.index(column)]
        assert shown == f"{100 * np.mean(recalls):.1f}"


def test_an_imbalanced_test_set_has_both_accuracies(tmp_path):
    write_panel(tmp_path, 5, seeds=1)
    for file in tmp_path.glob("**/predictions.npz"):
        with np.load(file) as arrays:
            np.savez(file, **{k: v if k == "class_counts" else v[:-7] for k, v in arrays.items()})
    sweep = read_sweep(tmp_path)
    [found] = rank(sweep, resample(sweep))
    table = ranking_table(found)
    assert table.header[2] == "balanced\naccuracy %"
    accuracy = 100 * found.first.mean(ACCURACY)
    assert table.rows[0][table.header.index("accuracy %")] == f"{accuracy:.1f}"


def test_runs_without_few_shot_classes_or_times_say_so(tmp_path):
    write_panel(tmp_path, 5, seeds=1, train_max=2000, metrics={"seconds/train": None})
    sweep = read_sweep(tmp_path)
    [found] = rank(sweep, resample(sweep))
    table = ranking_table(found)
    for row in table.rows:  # the adjusted baseline among them
        assert row[table.header.index("few-shot %")] == UNKNOWN
        assert row[table.header.index("training s")] == UNKNOWN


def test_methods_of_unlike_many_seeds_have_a_column_of_seeds(panel, table, tmp_path):
    assert "seeds" not in table.header
    write_panel(tmp_path, 5, seeds=1)
    write_panel(tmp_path, 4, seeds=2)
    sweep = read_sweep(tmp_path)
    [found] = rank(sweep, resample(sweep))
    other = ranking_table(found)
    seeds = {row[1].strip("*"): row[other.header.index("seeds")] for row in other.rows}
    assert seeds["remedy_00"] == "1"
    assert seeds["sampler"] == seeds[FREE] == "2"


def averages_of(ranking, ratio=None) -> list[SeedAverage]:
    """Of all methods, with scores that a confusion matrix of theirs has."""
    found = []
    for members in ranking.group.methods.values():
        scores = members[0].predictions.adjusted_scores
        members = [replace(m, ratio=ratio or m.ratio) for m in members]
        found.append(SeedAverage(members, scores))
    return found


def test_the_average_of_the_baselines_seeds_has_no_rank_and_changes_nothing_else(ranking, table):
    averages = averages_of(ranking)
    found = ranking_table(ranking, averages)
    [row] = [r for r in found.rows if "average" in r[1]]
    others = [r for r in found.rows if r is not row]
    assert others == table.rows
    cells = dict(zip(found.header, row, strict=True))
    scores = averages[0].scores
    assert row[1] == "baseline:\naverage of the seeds' logits,\ncosts 3 inferences an image"
    assert cells[""] == cells["gain, points"] == cells["behind the\nfirst, points"] == ""
    assert cells["accuracy %"] == f"{100 * scores['balanced_accuracy']:.1f}"
    assert cells["macro-F1"] == f"{scores['f1_macro']:.3f}"
    assert cells["few-shot %"] == f"{100 * scores['recall_few']:.1f}"
    assert cells["training s"] == "30 in all"
    means = [float(r[2].split()[0]) for r in found.rows]
    assert means == sorted(means, reverse=True)


def test_averages_of_another_ratio_are_not_in_the_table(ranking, table):
    assert ranking_table(ranking, averages_of(ranking, ratio=0.5)).rows == table.rows


def entry(**more) -> Entry:
    return Entry("sam", [], {}, {}, **more)


def test_a_gain_whose_interval_holds_0_is_marked():
    firm, noise = Difference(0.05, 0.01, np.inf, 1.0), Difference(-0.01, 0.01, np.inf, 1.0)
    assert gain_text(entry(gains={ACCURACY: firm}), ACCURACY) == "+5.0 [+3.0, +7.0]"
    assert gain_text(entry(gains={ACCURACY: firm}), ACCURACY, sign="-") == "+5.0 [3.0, 7.0]"
    assert gain_text(entry(gains={ACCURACY: noise}), ACCURACY) == "≈ -1.0 [-3.0, +1.0]"
    assert gain_text(entry(gains={ACCURACY: firm}), ACCURACY, 1, 3) == "+0.050 [+0.030, +0.070]"
    assert gain_text(entry(), ACCURACY) == ""


@pytest.mark.parametrize(
    ("p", "text"), [(0.2, "≈ -5.0 (p 0.20)"), (0.03, "-5.0 (p 0.03)"), (0.001, "-5.0 (p < 0.01)")]
)
def test_what_is_behind_the_first_has_its_corrected_p(p, text):
    behind = entry(rank=2, behind=Difference(-0.05, 0.01, np.inf, 1.0), p_behind=p)
    assert behind_text(behind) == text
    assert behind_text(behind, with_p=False) == text.partition(" (")[0]
    assert behind_text(entry(rank=1)) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, UNKNOWN), (1.26, "1.3"), (12.6, "13"), (1234.5, "1,234")]
)
def test_seconds_have_as_many_digits_as_they_need(monkeypatch, seconds, text):
    monkeypatch.setattr(Entry, "seconds", seconds)
    assert time_text(entry()) == text
