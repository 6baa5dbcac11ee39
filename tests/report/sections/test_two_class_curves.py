"""ROC and precision-recall curves: what is drawn is what the scores say."""

import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score

from ltlight.metrics.binary_curves import GRID, precision_recall_curve, roc_curve
from ltlight.report.drawing.palette import looks
from ltlight.report.results.sweep import read_sweep
from ltlight.report.results.two_class import BALANCED, LARGER
from ltlight.report.sections.two_class_curves import chance, curve, curves_charts, drawn
from ltlight.report.sections.two_class_tables import read_groups
from tests.report.run_folders import write_run

METHODS = ["baseline", "improved"]


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    for method in METHODS:
        for seed in (0, 1, 2):
            common = {"num_classes": 2, "pictures": False, "skill": 1.0, "held_out": 30}
            write_run(folder, method=method, seed=seed, **common)
    return read_sweep(folder)


@pytest.fixture(scope="module")
def found(sweep):
    return read_groups(sweep)


def test_a_curve_is_the_mean_over_seeds_not_of_pooled_margins(found):
    [(_, read)] = found
    members = read["baseline"]
    single = [100 * roc_curve(m.is_positive, m.margin) for m in members]
    mean = curve(members, "roc")
    assert mean.x == pytest.approx(100 * GRID)
    assert mean.mean == pytest.approx(np.mean(single, axis=0))
    assert mean.deviation == pytest.approx(np.std(single, axis=0, ddof=1))
    precisions = [100 * precision_recall_curve(m.is_positive, m.margin) for m in members]
    assert curve(members, "pr").mean == pytest.approx(np.mean(precisions, axis=0))
    assert not curve(members[:1], "roc").deviation.any()


def test_marks_are_what_is_called_positive(sweep, found):
    runs = [m.predictions for m in sweep.finished if m.method == "improved"]
    [(_, read)] = found
    truth, labels = [p.targets == 1 for p in runs], [p.labels == 1 for p in runs]
    sensitivity = 100 * np.mean([recall_score(t, c) for t, c in zip(truth, labels, strict=True)])
    specificity = 100 * np.mean([recall_score(~t, ~c) for t, c in zip(truth, labels, strict=True)])
    precision = 100 * np.mean([precision_score(t, c) for t, c in zip(truth, labels, strict=True)])
    marks = curve(read["improved"], "roc").marks
    assert [*marks] == [LARGER, BALANCED]
    assert marks[LARGER] == pytest.approx((100 - specificity, sensitivity))
    assert curve(read["improved"], "pr").marks[LARGER] == pytest.approx((sensitivity, precision))


def test_chance_is_the_diagonal_and_the_share_of_positive_images(found):
    [(_, read)] = found
    assert chance(read, "roc") == ([0, 100], [0, 100])
    assert chance(read, "pr") == ([0, 100], [50, 50])


def test_both_figures_of_a_group_have_every_method_in_its_look(found):
    styles = looks(METHODS)
    charts = curves_charts(found, styles)
    assert [p.slug for p in charts.panels] == ["roc_toy_ratio0.02", "pr_toy_ratio0.02"]
    for panel in charts.panels:
        lines = [t for t in panel.figure.data if t.mode == "lines" and t.name]
        assert [t.name for t in lines] == METHODS
        assert [t.line.color for t in lines] == [styles[m].colour for m in METHODS]
        assert all(t.y.dtype == np.float32 for t in lines)  # half the page's bytes
    [picture] = charts.pictures
    roc, pr = picture.draw().axes
    assert [line.get_label() for line in roc.get_lines() if "_" not in line.get_label()] == METHODS
    assert pr.get_ylabel() == "precision, %"


def test_the_static_figure_has_the_same_marks(found):
    [(_, read)] = found
    roc, _ = drawn(read, looks(METHODS)).axes
    marks = [tuple(line.get_xydata()[0]) for line in roc.get_lines() if line.get_marker() == "o"]
    expected = [m for method in METHODS for m in curve(read[method], "roc").marks.values()]
    assert np.array(marks) == pytest.approx(np.array(expected))


def test_one_class_alone_in_the_test_has_no_curve(tmp_path):
    write_run(tmp_path, num_classes=2, pictures=False, untested=(1,))
    assert curves_charts(read_groups(read_sweep(tmp_path)), looks(["baseline"])) is None
