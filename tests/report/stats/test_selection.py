"""Which of many methods are shown in detail."""

from ltlight.report.results.sweep import read_sweep
from ltlight.report.stats.comparison import compare, resample
from ltlight.report.stats.judging import rank
from ltlight.report.stats.ranking import FREE
from ltlight.report.stats.selection import DETAILED, detailed, narrowed
from ltlight.report.stats.verdict import choose
from tests.report.run_folders import write_run


def test_the_baseline_the_first_the_recommended_and_the_next_best(ranking):
    chosen = detailed([ranking])
    assert chosen[:2] == ["baseline", ranking.first.method]
    assert len(chosen) == DETAILED
    assert choose(ranking).entry.method in {*chosen, FREE}
    ranks = sorted(ranking.entry(m).rank for m in chosen if m != "baseline")
    assert ranks == [1, 2, 3, 4]


def test_a_sweep_is_narrowed_with_its_comparisons(panel, panel_comparisons, ranking):
    chosen = detailed([ranking])
    few, comparisons = narrowed(panel, panel_comparisons, chosen)
    assert {m.method for m in few.finished} == set(chosen)
    assert len(few.finished) == 3 * DETAILED
    assert {c.method for c in comparisons} == {*chosen} - {"baseline"}
    assert few.path == panel.path


def test_without_a_baseline_none_is_shown(tmp_path):
    for n in range(6):
        write_run(tmp_path, 0.02, f"remedy{n}", pull=0.2 * n, pictures=False)
    sweep = read_sweep(tmp_path)
    [found] = rank(sweep, resample(sweep))
    assert detailed([found]) == [e.method for e in found.entries[:DETAILED]]
    assert len(narrowed(sweep, compare(sweep), ["remedy0"])[0].finished) == 1
