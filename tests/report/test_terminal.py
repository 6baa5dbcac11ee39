"""The tables on a terminal: nothing is cut, and what is ranked is not compared again."""

import io
import re

import pytest
from rich.console import Console

from ltlight.report import terminal
from ltlight.report.results.sweep import read_sweep
from ltlight.report.stats.comparison import compare, resample
from ltlight.report.stats.ranking import rank
from ltlight.report.stats.recommendation import recommended
from tests.report.run_folders import write_panel, write_run


def shown(sweep, comparisons, rankings=(), width: int = 80) -> str:
    output = io.StringIO()
    terminal.show(sweep, comparisons, Console(file=output, width=width), rankings)
    return output.getvalue()


@pytest.fixture(scope="module")
def long_names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long") / "s"
    for ratio in (0.1, 0.005):
        for method in ("baseline", "improved_corrected", "balanced_softmax_cutmix"):
            write_run(folder, ratio, method, pictures=False)
    return read_sweep(folder)


@pytest.mark.parametrize("width", [80, 100])
def test_the_table_fits_and_cuts_nothing(long_names, width):
    text = shown(long_names, compare(long_names), width=width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    assert text.count("improved_corrected") == 3  # two ratios and the mean gain
    assert text.count("→") == 1 + 2 * 4


def test_gains_within_noise_are_marked_and_the_mark_is_explained(toy, comparisons):
    text = shown(toy, comparisons)
    marked = [c.is_noise(metric) for c in comparisons for metric in terminal.SHOWN]
    assert text.count("≈ ") == sum(marked) + 1
    assert "≈ within noise: see results.md for intervals" in text


def test_what_is_missing_is_named_with_its_reason(sweep_folder):
    run = sweep_folder / "toy/ratio=0.1/method=improved/seed=1"
    (run / "metrics.json").unlink()
    (run / "error.txt").write_text("Traceback …\nValueError: no\n")
    sweep = read_sweep(sweep_folder)
    assert f"missing: {run}: ValueError: no" in shown(sweep, compare(sweep)).splitlines()


def test_a_ranking_is_shown_and_nothing_is_cut(panel, panel_comparisons, ranking):
    text = shown(panel, panel_comparisons, [ranking])
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in text
    names = [found[1] for line in lines if (found := re.match(r" *\d+  (\S+) +\d", line))]
    assert names == [e.method for e in ranking.entries]
    assert "→" not in text  # the tables of before and after would be endless
    [advice] = [line for line in lines if line.startswith("· Take ")]
    assert advice.startswith(f"· Take {recommended(ranking)}: ")


def test_other_groups_of_the_sweep_keep_their_table(tmp_path):
    write_panel(tmp_path, 6, seeds=1)
    for method in ("baseline", "improved"):
        write_run(tmp_path, 0.1, method, pictures=False)
    both = read_sweep(tmp_path)
    text = shown(both, compare(both), rank(both, resample(both)))
    assert text.count("→") == 1 + 2
