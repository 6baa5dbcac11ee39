"""The tables of figures, as results.md, results.csv and the terminal show them."""

import csv
import io

import numpy as np
import pytest
from rich.console import Console

from ltlight.report import terminal
from ltlight.report.result_files import write_results
from ltlight.report.results.sweep import ACCURACY, F1, read_sweep
from ltlight.report.sections import tables
from ltlight.report.stats.comparison import compare
from tests.report.run_folders import write_run


def column(table, name):
    return [row[table.header.index(name)] for row in table.rows]


def test_before_and_after_are_means_over_seeds_and_the_best_is_bold(sweep_folder):
    sweep = read_sweep(sweep_folder)
    table = tables.main_table(compare(sweep))
    for row, ratio in zip(table.rows[:2], (0.1, 0.02), strict=True):
        before, after = (
            np.mean([m.metrics[F1] for m in sweep.finished if (m.ratio, m.method) == (ratio, name)])
            for name in ("baseline", "improved")
        )
        texts = [f"{before:.4f}", f"{after:.4f}"]
        texts[int(after > before)] = f"**{texts[int(after > before)]}**"
        assert row[table.header.index("macro-F1")] == " → ".join(texts)
    assert column(table, "ratio") == ["0.1", "0.02", "mean gain"]
    assert column(table, "seeds") == ["2", "2", ""]


def test_gains_carry_spread_interval_and_mark(sweep_folder):
    for c in compare(read_sweep(sweep_folder)):
        gain, (low, high) = c.gain(ACCURACY), c.image_intervals[ACCURACY]
        expected = f"{100 * gain.mean():+.2f} ± {100 * gain.std(ddof=1):.2f}"
        expected += f"\n[{100 * low:+.2f}, {100 * high:+.2f}]"
        if c.is_noise(ACCURACY):
            expected = "≈ " + expected
        assert tables.gain_cell(c, ACCURACY) == expected


def test_published_figures_stand_beside_ours_where_there_are_any(tmp_path, sweep_folder):
    assert tables.REPORT_COLUMN not in tables.main_table(compare(read_sweep(sweep_folder))).header
    for ratio in (0.1, 0.02):
        for method in ("baseline", "improved"):
            write_run(tmp_path / "s", ratio, method, data="cifar50", test_per_class=4)
    table = tables.main_table(compare(read_sweep(tmp_path / "s")))
    assert column(table, tables.REPORT_COLUMN) == [
        "0.4250 → 0.5030\n46.12 → 51.56",
        "0.2677 → 0.3714\n32.98 → 39.40",
        f"{(0.503 - 0.425 + 0.3714 - 0.2677) / 2:+.4f}\n{(51.56 - 46.12 + 39.40 - 32.98) / 2:+.2f}",
    ]
    assert "published figures" in tables.notes(table)


def test_every_run_has_its_figures_with_logit_adjustment(sweep_folder):
    sweep = read_sweep(sweep_folder)
    write_results(sweep, compare(sweep))
    with (sweep_folder / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    for row, m in zip(rows, sweep.finished, strict=True):
        right = m.predictions.adjusted == m.predictions.targets
        assert float(row["adjusted/accuracy"]) == pytest.approx(right.mean())
        assert float(row["test/accuracy"]) == m.metrics["test/accuracy"]
        assert row["folder"] == str(m.folder.path.relative_to(sweep_folder))
    detail = tables.detail_table(sweep)
    expected = [100 * np.mean(r) for r in ([float(r["adjusted/f1_macro"]) for r in rows[:2]],)]
    assert column(detail, "adjusted: macro-F1 %")[0].startswith(f"{expected[0]:.1f} ±")


def test_results_name_what_is_missing(sweep_folder):
    (sweep_folder / "toy/ratio=0.1/method=improved/seed=1/metrics.json").unlink()
    sweep = read_sweep(sweep_folder)
    write_results(sweep, compare(sweep))
    text = (sweep_folder / "results.md").read_text()
    assert "## Missing\n\n- `toy/ratio=0.1/method=improved/seed=1`: not finished" in text


@pytest.mark.parametrize("width", [80, 100])
def test_the_terminal_table_fits_and_cuts_nothing(tmp_path, width):
    for ratio in (0.1, 0.005):
        for method in ("baseline", "improved_corrected", "balanced_softmax_cutmix"):
            write_run(tmp_path / "s", ratio, method)
    sweep, output = read_sweep(tmp_path / "s"), io.StringIO()
    terminal.show(sweep, compare(sweep), Console(file=output, width=width))
    text = output.getvalue()
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    assert text.count("improved_corrected") == 3  # two ratios and the mean gain
    assert text.count("→") == 1 + 2 * 4
