"""results.md and results.csv: every run, its scores with logit adjustment, and what is missing."""

import csv
import re

import numpy as np
import pytest

from ltlight.report.result_files import write_results
from ltlight.report.results.sweep import read_sweep
from ltlight.report.stats.comparison import compare
from tests.report.conftest import LONG


def test_every_run_has_its_metrics_and_its_scores_with_logit_adjustment(sweep_folder):
    sweep = read_sweep(sweep_folder)
    assert write_results(sweep, compare(sweep)) == [
        sweep_folder / "results.md",
        sweep_folder / "results.csv",
    ]
    with (sweep_folder / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    for row, m in zip(rows, sweep.finished, strict=True):
        correct = m.predictions.adjusted == m.predictions.targets
        assert float(row["adjusted/accuracy"]) == pytest.approx(correct.mean())
        adjusted = m.predictions.adjusted_scores
        assert float(row["adjusted/f1_macro"]) == adjusted["f1_macro"]
        assert float(row["test/accuracy"]) == m.metrics["test/accuracy"]
        assert row["git_commit"] == m.metrics["git_commit"]
        assert "class_counts" not in row  # a list is no cell
        assert row["folder"] == str(m.folder.path.relative_to(sweep_folder))
    accuracy = 100 * np.mean([float(row["adjusted/accuracy"]) for row in rows[:2]])
    assert f"| {accuracy:.1f} ±" in (sweep_folder / "results.md").read_text()


def test_what_is_missing_is_named(sweep_folder):
    (sweep_folder / "toy/ratio=0.1/method=improved/seed=1/metrics.json").unlink()
    sweep = read_sweep(sweep_folder)
    write_results(sweep, compare(sweep))
    text = (sweep_folder / "results.md").read_text()
    assert "## Missing\n\n- `toy/ratio=0.1/method=improved/seed=1`: not finished" in text


def test_the_ranking_stands_before_the_tables(panel, panel_comparisons, ranking):
    write_results(panel, panel_comparisons, [ranking])
    text = (panel.path / "results.md").read_text()
    assert re.findall("^## (.*)$", text, re.MULTILINE) == [
        "Ranking: toy, ratio 0.02",
        "Before → after",
        "Every score, mean ± standard deviation over seeds",
    ]
    assert "- Take **" in text
    assert text.count(f"| {LONG} |") == 3  # ranking, before → after, every score
