"""Every score of every method, and the average of its seeds' logits in the row below."""

import numpy as np
import pytest

from ltlight.report.results.seed_average import seed_averages
from ltlight.report.results.sweep import Sweep, read_sweep
from ltlight.report.sections import detail_table as tables
from tests.report.run_folders import write_run

ONE_SUBSET = {"seed": 0}


def column(table, name):
    return [row[table.header.index(name)] for row in table.rows]


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Sweep:
    """Two methods by three seeds of one subset, and a method with one seed."""
    folder = tmp_path_factory.mktemp("shared")
    for method in ("baseline", "improved"):
        for seed in range(3):
            write_run(folder, method=method, seed=seed, pictures=False, data_keys=ONE_SUBSET)
    write_run(folder, method="sampler", pictures=False, data_keys=ONE_SUBSET)
    return read_sweep(folder)


def test_every_method_has_its_scores_plain_and_adjusted(toy):
    detail = tables.detail_table(toy)
    runs = [m for m in toy.finished if (m.ratio, m.method) == (0.1, "baseline")]
    for name, values in (
        ("worst class %", [m.metrics["test/recall_worst"] for m in runs]),
        ("adjusted: macro-F1 %", [m.predictions.adjusted_scores["f1_macro"] for m in runs]),
    ):
        mean, deviation = 100 * np.mean(values), 100 * np.std(values, ddof=1)
        assert column(detail, name)[0] == f"{mean:.1f} ± {deviation:.1f}"
    assert column(detail, "method") == ["baseline", "improved"] * 2
    assert column(detail, "few-shot %")[0] == "–"  # at ratio 0.1 every class has 20 images


def test_calibration_is_told_in_its_own_units(toy):
    detail = tables.detail_table(toy)
    runs = [m for m in toy.finished if (m.ratio, m.method) == (0.1, "baseline")]
    for name, key, scale, digits in (
        ("ECE %", "test/ece", 100, 1),
        ("log-loss", "test/log_loss", 1, 3),
    ):
        values = scale * np.array([m.metrics[key] for m in runs])
        expected = f"{values.mean():.{digits}f} ± {values.std(ddof=1):.{digits}f}"
        assert column(detail, name)[0] == expected


def test_the_average_stands_below_its_method_with_its_price(shared):
    averages = seed_averages(shared)
    table = tables.detail_table(shared, averages)
    told = "average of the seeds' logits,\ncosts 3 inferences an image"
    assert column(table, "method") == [
        "baseline",
        f"baseline:\n{told}",
        "improved",
        f"improved:\n{told}",
        "sampler",
    ]
    assert column(table, "seeds") == ["3", "3", "3", "3", "1"]
    for row, average in zip(table.rows[1:4:2], averages, strict=True):
        for name in ("accuracy", "f1_macro", "balanced_accuracy", "recall_few"):
            header = {"f1_macro": "macro-F1", "recall_few": "few-shot"}
            place = table.header.index(header.get(name, name.replace("_", " ")) + " %")
            assert row[place] == f"{100 * average.scores[name]:.1f}"
        assert row[table.header.index("ECE %")] == f"{100 * average.scores['ece']:.1f}"
        assert row[-3:] == ["", "", ""]  # no further correction of it
        assert len(row) == len(table.header)


def test_all_other_rows_are_as_they_are_without_it(shared):
    table = tables.detail_table(shared, seed_averages(shared))
    assert [table.rows[i] for i in (0, 2, 4)] == tables.detail_table(shared).rows


def test_a_score_that_no_class_has_is_a_dash(tmp_path):
    for seed in (0, 1):
        write_run(tmp_path, 0.1, seed=seed, pictures=False, data_keys=ONE_SUBSET)
    sweep = read_sweep(tmp_path)
    table = tables.detail_table(sweep, seed_averages(sweep))
    assert column(table, "few-shot %") == ["–", "–"]  # at ratio 0.1 every class has 20 images


def test_the_notes_tell_of_the_average_or_why_there_is_none(shared, toy):
    own = tables.detail_notes(toy, seed_averages(toy))
    assert own == f"{tables.DETAIL_NOTE} {tables.OWN_SUBSETS_NOTE}"
    assert "`data.seed=0 seed=0,1,2`" in own
    one = tables.detail_notes(shared, seed_averages(shared))
    assert one == f"{tables.DETAIL_NOTE} {tables.AVERAGE_NOTE}"
    single = Sweep(toy.path, [m for m in toy.finished if m.seed == 0], [])
    assert tables.detail_notes(single, seed_averages(single)) == tables.DETAIL_NOTE
