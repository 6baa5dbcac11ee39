"""results.md and results.csv: every run, its scores with logit adjustment, and what is missing."""

import csv
import re

import numpy as np
import pytest

from ltlight.metrics.of_logits import logit_scores
from ltlight.report.result_files import write_results
from ltlight.report.results.seed_average import seed_averages
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.numbers import comparisons_csv
from ltlight.report.stats.advice import advice
from ltlight.report.stats.comparison import compare, resample
from ltlight.report.stats.judging import rank
from ltlight.report.stats.verdict import headline
from tests.report.conftest import LONG
from tests.report.run_folders import write_run


def test_every_run_has_its_metrics_and_its_scores_with_logit_adjustment(sweep_folder):
    sweep = read_sweep(sweep_folder)
    assert write_results(sweep, *of(sweep)) == [
        sweep_folder / "results.md",
        sweep_folder / "comparisons.csv",
        sweep_folder / "results.csv",
        sweep_folder / "errors.csv",
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


def test_runs_from_before_scores_of_logits_were_recorded_have_them_computed(sweep_folder):
    """The runs of `sweep_folder` record none."""
    rows, _ = written(read_sweep(sweep_folder))
    for row, m in zip(rows, read_sweep(sweep_folder).finished, strict=True):
        arrays = m.folder.predictions()
        expected = logit_scores(arrays["logits"], arrays["targets"])
        found = {name: float(row[f"test/{name}"]) for name in expected}
        assert found == pytest.approx(expected)


def test_the_mistakes_of_every_run_are_listed(sweep_folder):
    sweep = read_sweep(sweep_folder)
    _, text = written(sweep)
    with (sweep_folder / "errors.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum((~m.predictions.correct).sum() for m in sweep.finished)
    assert "[errors.csv](errors.csv): the misclassified test images" in text


def test_a_file_whose_name_is_no_text_is_listed_by_its_bytes(sweep_folder):
    run = read_sweep(sweep_folder).finished[0].folder
    files = np.array(["caf\udce9.png"] * 100)  # é in Latin-1
    np.savez(run.path / "predictions.npz", **run.predictions() | {"files": files})
    written(read_sweep(sweep_folder))
    assert b",caf\xe9.png," in (sweep_folder / "errors.csv").read_bytes()


AVERAGED = ("accuracy", "f1_macro", "balanced_accuracy", "networks", "inferences")


def of(sweep):
    """What `write_results` is told of a sweep."""
    return compare(sweep), rank(sweep, resample(sweep))


def written(sweep):
    """The rows of `results.csv` and the text of `results.md`."""
    markdown, _, table, _ = write_results(sweep, *of(sweep), averages=seed_averages(sweep))
    with table.open() as file:
        return list(csv.DictReader(file)), markdown.read_text()


def test_the_average_of_seeds_is_in_columns_of_every_run_of_its_method(tmp_path):
    for seed in range(3):
        write_run(tmp_path, seed=seed, pictures=False, data_keys={"seed": 0})
    write_run(tmp_path, method="improved", pictures=False, data_keys={"seed": 0})
    sweep = read_sweep(tmp_path)
    [average] = seed_averages(sweep)
    rows, text = written(sweep)
    assert len(rows) == 4  # no run more than there are
    for row in rows[:3]:
        for name in AVERAGED[:3]:
            assert float(row[f"seed_average/{name}"]) == average.scores[name]
        assert (row["seed_average/networks"], row["seed_average/inferences"]) == ("3", "3")
    assert {rows[3][f"seed_average/{name}"] for name in AVERAGED} == {""}
    assert "average of the seeds' logits,<br>costs 3 inferences an image | 3 |" in text


def test_without_an_average_the_columns_are_empty_and_a_note_says_why(sweep_folder):
    rows, text = written(read_sweep(sweep_folder))
    assert {row[f"seed_average/{name}"] for row in rows for name in AVERAGED} == {""}
    assert text.count("`data.seed=0 seed=0,1,2`") == 1
    assert "inferences an image" not in text


def test_what_is_missing_is_named(sweep_folder):
    (sweep_folder / "toy/ratio=0.1/method=improved/seed=1/metrics.json").unlink()
    sweep = read_sweep(sweep_folder)
    write_results(sweep, *of(sweep))
    text = (sweep_folder / "results.md").read_text()
    assert "## Missing\n\n- `toy/ratio=0.1/method=improved/seed=1`: not finished" in text


def test_the_verdict_stands_before_the_tables(panel, panel_comparisons, ranking):
    write_results(panel, panel_comparisons, [ranking])
    text = (panel.path / "results.md").read_text()
    assert re.findall("^## (.*)$", text, re.MULTILINE) == [
        "toy, ratio 0.02",
        "Every comparison",
        "Every score, mean ± standard deviation over seeds",
    ]
    assert text.startswith(f"# {headline([ranking])}\n")
    assert all(f"- {sentence}\n" in text for sentence in advice([ranking]))
    assert text.count(f"| {LONG} |") == 2  # every comparison, every score
    assert (panel.path / "comparisons.csv").read_text() == comparisons_csv([ranking])
