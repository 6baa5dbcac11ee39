"""The metrics of the held-out split, of the epoch that is kept."""

import pytest

from ltlight.runs.run_folder import RunFolder
from ltlight.runs.validation import held_out_metrics, objective
from tests.report.run_folders import write_run


def test_the_first_of_the_best_epochs_counts_and_torn_lines_do_not(tmp_path):
    """As `ModelCheckpoint(mode="max")` keeps it; a resumed run logs an epoch again."""
    (tmp_path / "curves.jsonl").write_text(
        '{"epoch": 1, "val/f1_macro": 0.2, "val/accuracy": 0.3}\n{"epoch": 2, "train/loss": 1.0}\n'
        '{"epoch": 2, "val/f1_macro": 0.9, "val/accuracy": 0.9}\n{"epoch": 3, "val/f1_m\n'
        '{"epoch": 2, "val/f1_macro": 0.4, "val/accuracy": 0.5}\n[1]\n'
        '{"epoch": 3, "val/f1_macro": 0.4, "val/accuracy": 0.6}\n'
        '{"epoch": 4, "val/f1_macro": 0.1, "val/accuracy": 0.8}\n{"epoch": 4, "test/accuracy": 1}\n'
    )
    assert held_out_metrics(RunFolder(tmp_path)) == {"val/f1_macro": 0.4, "val/accuracy": 0.5}


@pytest.mark.parametrize("text", [None, "", '{"epoch": 1, "test/f1_macro": 0.2}\n'])
def test_where_nothing_was_held_out_there_is_nothing(tmp_path, text):
    if text is not None:
        (tmp_path / "curves.jsonl").write_text(text)
    assert held_out_metrics(RunFolder(tmp_path)) == {}
    assert objective(RunFolder(tmp_path)) is None
    assert objective(write_run(tmp_path)) is None


def test_the_objective_is_the_mean_recall_of_the_held_out_images(tmp_path):
    metrics = {"val/balanced_accuracy": 0.25, "val/f1_macro": 0.3, "val/accuracy": 0.9}
    assert objective(write_run(tmp_path, metrics=metrics)) == 0.25
