"""The table of two-class data."""

import numpy as np

from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections import two_classes
from tests.report.run_folders import write_run


def column(table, name):
    return [row[table.header.index(name)] for row in table.rows]


def test_more_classes_have_no_such_table(toy):
    assert two_classes.two_class_table(toy) is None


def test_a_method_has_its_scores_with_their_spread(tmp_path):
    for method in ("baseline", "improved"):
        for seed in (0, 1):
            write_run(tmp_path, method=method, seed=seed, num_classes=2, pictures=False)
    sweep = read_sweep(tmp_path)
    table = two_classes.two_class_table(sweep)
    assert column(table, "method") == ["baseline", "improved"]
    runs = [m for m in sweep.finished if m.method == "baseline"]
    recalls = 100 * np.array([m.predictions.recalls[1] for m in runs])  # of the rarer class
    expected = f"{recalls.mean():.1f} ± {recalls.std(ddof=1):.1f}"
    assert column(table, "sensitivity %")[0] == expected
    areas = np.array([m.metrics["test/pr_auc"] for m in runs])
    assert column(table, "PR-AUC")[0] == f"{areas.mean():.3f} ± {areas.std(ddof=1):.3f}"
    assert "threshold" not in table.header
    notes = two_classes.two_class_notes(sweep)
    assert "Positive in toy: class_name_01, 50.0 % of the test images." in notes
    assert two_classes.NO_THRESHOLD_NOTE in notes


def test_a_threshold_has_its_columns_where_any_run_chose_one(tmp_path):
    chosen = {
        "threshold": 0.25,
        "test/sensitivity_at_threshold": 0.9,
        "test/specificity_at_threshold": 0.5,
    }
    write_run(tmp_path, num_classes=2, pictures=False, metrics=chosen)
    write_run(tmp_path, method="improved", num_classes=2, pictures=False)
    sweep = read_sweep(tmp_path)
    table = two_classes.two_class_table(sweep)
    assert column(table, "threshold") == ["0.250", "–"]
    assert column(table, "sensitivity\nat it %") == ["90.0", "–"]
    assert column(table, "specificity\nat it %") == ["50.0", "–"]
    assert two_classes.THRESHOLD_NOTE in two_classes.two_class_notes(sweep)


def test_the_positive_class_of_several_data_sets_is_told_once(tmp_path):
    for data in ("at_32", "at_50"):
        write_run(tmp_path, data=data, num_classes=2, pictures=False)
    notes = two_classes.two_class_notes(read_sweep(tmp_path))
    assert (
        notes.count("Positive in") == notes.count("Positive in at_32, at_50: class_name_01,") == 1
    )


def test_data_of_more_classes_beside_have_no_row(tmp_path):
    write_run(tmp_path, num_classes=2, pictures=False)
    write_run(tmp_path, data="other", pictures=False)
    assert column(two_classes.two_class_table(read_sweep(tmp_path)), "data") == ["toy"]
