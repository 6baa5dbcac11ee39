"""The end of a sweep on a terminal: nothing is cut, and the verdict comes last."""

import io

import pytest
from rich.console import Console

from ltlight.report import terminal
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.numbers import difference_text, in_order
from ltlight.report.stats.advice import advice
from ltlight.report.stats.comparison import resample
from ltlight.report.stats.judging import rank
from ltlight.report.stats.verdict import headline
from tests.report.conftest import LONG
from tests.report.run_folders import write_run


def shown(sweep, rankings, width: int = 80) -> str:
    output = io.StringIO()
    terminal.show(sweep, rankings, Console(file=output, width=width))
    return output.getvalue()


@pytest.fixture(scope="module")
def long_names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long") / "s"
    for ratio in (0.1, 0.005):
        for method in ("baseline", "improved_corrected", "balanced_softmax_cutmix"):
            write_run(folder, ratio, method, pictures=False)
    return read_sweep(folder)


@pytest.mark.parametrize("width", [40, 60, 72, 80, 100])
def test_the_table_fits_and_cuts_nothing(long_names, width):
    text = shown(long_names, rank(long_names, resample(long_names)), width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    table, _, _ = text.partition("Undecided")
    assert table.count("undecided") == 6  # two ratios by two methods and the adjusted baseline
    if width >= 80:
        assert table.count("improved_corrected") == 2  # ratios


def test_a_narrow_terminal_goes_without_intervals_and_f1(panel, ranking):
    table, _, _ = shown(panel, [ranking], 40).partition(headline([ranking])[:20])
    assert "[" not in table
    assert "F1" not in table
    assert "F1" in shown(panel, [ranking], 72)
    gains = [e.gain for e in in_order(ranking) if e.gain]
    assert [table.count(word) for word in ("better", "worse")] == [
        sum(gain.word == word for gain in gains) for word in ("better", "worse")
    ]


def test_every_method_has_its_gain_and_its_word(panel, ranking):
    lines = shown(panel, [ranking]).splitlines()
    assert max(map(len, lines)) <= 80
    for e in in_order(ranking):
        [line] = [x for x in lines if f" {e.method} " in x and f"{100 * e.mean():.1f}" in x]
        if e.gain:
            assert line.rstrip().endswith(f"{difference_text(e.gain)}  {e.gain.word}")
    assert any(LONG in line for line in lines)


def test_the_verdict_is_last_and_the_same_as_on_the_page(panel, ranking):
    text = " ".join(shown(panel, [ranking]).split())
    said = [f"{headline([ranking])}.", *(f"· {s.replace('**', '')}" for s in advice([ranking]))]
    assert text.endswith(" ".join(said))


def test_what_is_missing_is_named_with_its_reason(sweep_folder):
    run = sweep_folder / "toy/ratio=0.1/method=improved/seed=1"
    (run / "metrics.json").unlink()
    (run / "error.txt").write_text("Traceback …\nValueError: no\n")
    sweep = read_sweep(sweep_folder)
    lines = shown(sweep, rank(sweep, resample(sweep))).splitlines()
    assert f"missing: {run}: ValueError: no" in lines
