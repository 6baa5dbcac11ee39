"""The tables of two-class data."""

import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections import two_class_decisions, two_class_tables
from tests.report.run_folders import write_run

TWO = {"num_classes": 2, "pictures": False, "skill": 1.0}


def column(table, name):
    return [row[table.header.index(name)] for row in table.rows]


def test_more_classes_have_none(toy):
    assert two_class_tables.two_class_tables(toy) == []


def test_a_method_has_its_areas_and_sensitivities_with_their_spread(tmp_path):
    for method in ("baseline", "improved"):
        for seed in (0, 1):
            write_run(tmp_path, method=method, seed=seed, **TWO)
    sweep = read_sweep(tmp_path)
    (title, table, note), (called, counts, _) = two_class_tables.two_class_tables(sweep)
    assert (title, called) == (two_class_tables.TITLE, two_class_decisions.TITLE)
    assert column(table, "method") == column(counts, "method") == ["baseline", "improved"]
    areas, reached = [], []
    for m in sweep.finished[:2]:
        truth, logits = m.predictions.targets == 1, m.logits()
        false, true, _ = roc_curve(truth, logits[:, 1] - logits[:, 0], drop_intermediate=False)
        areas.append(roc_auc_score(truth, logits[:, 1] - logits[:, 0]))
        reached.append(100 * true[false <= 0.1].max())
    spread = [f"{np.mean(areas):.3f} ± {np.std(areas, ddof=1):.3f}"]
    assert column(table, "ROC-AUC")[:1] == spread
    spread = [f"{np.mean(reached):.1f} ± {np.std(reached, ddof=1):.1f}"]
    assert column(table, "sensitivity % at\nspecificity 90 %")[:1] == spread
    assert "Positive in toy: class_name_01, 50.0 % of the test images." in note


def test_the_positive_class_of_several_data_sets_is_told_once(tmp_path):
    for data in ("at_32", "at_50"):
        write_run(tmp_path, data=data, **TWO)
    (_, _, note), _ = two_class_tables.two_class_tables(read_sweep(tmp_path))
    assert note.count("Positive in") == note.count("Positive in at_32, at_50: class_name_01,") == 1


def test_data_of_more_classes_beside_have_no_row(tmp_path):
    write_run(tmp_path, **TWO)
    write_run(tmp_path, data="other", pictures=False)
    (_, table, _), _ = two_class_tables.two_class_tables(read_sweep(tmp_path))
    assert column(table, "data") == ["toy"]


def test_one_class_alone_in_the_test_has_dashes(tmp_path):
    write_run(tmp_path, untested=(1,), **TWO)
    (_, table, _), _ = two_class_tables.two_class_tables(read_sweep(tmp_path))
    assert column(table, "ROC-AUC") == ["–"]
    assert column(table, "sensitivity % at\nspecificity 90 %") == ["–"]
