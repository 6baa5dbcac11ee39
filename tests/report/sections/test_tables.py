"""The table of before → after with gains."""

import numpy as np

from ltlight.report.results.published import CIFAR50
from ltlight.report.results.sweep import ACCURACY, F1, read_sweep
from ltlight.report.sections import tables
from ltlight.report.stats.comparison import compare
from tests.report.run_folders import write_run

CIFAR = {  # as the report has it, whatever it is called
    "num_classes": 50,
    "train_max": 500,
    "test_per_class": 100,
    "metrics": {"class_names": [*CIFAR50]},
    "pictures": False,
}


def column(table, name):
    return [row[table.header.index(name)] for row in table.rows]


def test_before_and_after_are_means_over_seeds_and_the_best_is_bold(toy, comparisons):
    table = tables.main_table(comparisons)
    for row, ratio in zip(table.rows[:2], (0.1, 0.02), strict=True):
        before, after = (
            np.mean([m.metrics[F1] for m in toy.finished if (m.ratio, m.method) == (ratio, name)])
            for name in ("baseline", "improved")
        )
        texts = [f"{before:.4f}", f"{after:.4f}"]
        texts[int(after > before)] = f"**{texts[int(after > before)]}**"
        assert row[table.header.index("macro-F1")] == " → ".join(texts)
    assert column(table, "ratio") == ["0.1", "0.02", "mean gain"]
    assert column(table, "seeds") == ["2", "2", ""]


def test_gains_carry_spread_interval_and_mark(comparisons):
    for c in comparisons:
        gain, (low, high) = c.gain(ACCURACY), c.image_intervals[ACCURACY]
        expected = f"{100 * gain.mean():+.2f} ± {100 * gain.std(ddof=1):.2f}"
        expected += f"\n[{100 * low:+.2f}, {100 * high:+.2f}]"
        if c.is_noise(ACCURACY):
            expected = "≈ " + expected
        assert tables.gain_cell(c, ACCURACY) == expected


def test_published_scores_stand_beside_ours_where_there_are_any(tmp_path, comparisons):
    assert tables.REPORT_COLUMN not in tables.main_table(comparisons).header
    for ratio in (0.1, 0.02):
        for method in ("baseline", "improved"):
            write_run(tmp_path / "s", ratio, method, data="any_name", **CIFAR)
    table = tables.main_table(compare(read_sweep(tmp_path / "s")))
    assert column(table, tables.REPORT_COLUMN) == [
        "0.4250 → 0.5030\n46.12 → 51.56",
        "0.2677 → 0.3714\n32.98 → 39.40",
        f"{(0.503 - 0.425 + 0.3714 - 0.2677) / 2:+.4f}\n{(51.56 - 46.12 + 39.40 - 32.98) / 2:+.2f}",
    ]
    assert "published scores" in tables.notes(table)


def test_other_data_of_the_same_name_have_no_published_scores_beside_them(tmp_path):
    for ratio, changed in ((0.1, {}), (0.02, {"train_max": 490}), (0.005, {"test_per_class": 99})):
        for method in ("baseline", "improved"):
            write_run(tmp_path / str(ratio), ratio, method, data="cifar50", **CIFAR | changed)
        table = tables.main_table(compare(read_sweep(tmp_path / str(ratio))))
        assert (tables.REPORT_COLUMN in table.header) == (not changed)


def test_the_free_correction_of_the_baseline_stands_beside_every_method(toy, comparisons):
    name = "baseline adjusted:\nmacro-F1,\naccuracy %"
    runs = [m for m in toy.finished if (m.ratio, m.method) == (0.1, "baseline")]
    adjusted = [m.predictions.adjusted_scores for m in runs]
    f1, accuracy = (np.mean([a[key] for a in adjusted]) for key in ("f1_macro", "accuracy"))
    assert column(tables.main_table(comparisons), name)[0] == f"{f1:.4f}\n{100 * accuracy:.2f}"


def test_a_method_without_a_baseline_has_no_gain(tmp_path):
    write_run(tmp_path, method="improved", pictures=False)
    [only] = compare(read_sweep(tmp_path))
    assert tables.gain_cell(only, F1) == ""
    assert "→" not in tables.arrow(only, F1)
    assert column(tables.main_table([only]), "McNemar p") == [""]
