"""The ranking on a terminal, in the files and in its figure."""

import io
import re

import numpy as np
import pytest
from rich.console import Console

from ltlight.report import terminal
from ltlight.report.document.blocks import Charts
from ltlight.report.result_files import write_results
from ltlight.report.results.sweep import ACCURACY, BALANCED, read_sweep
from ltlight.report.sections import ranking as section
from ltlight.report.sections import tradeoff
from ltlight.report.stats.comparison import compare, resample
from ltlight.report.stats.ranking import FREE, rank
from ltlight.report.stats.selection import DETAILED, detailed, narrowed
from tests.report.run_folders import write_panel, write_run

LONG = "progressively_balanced"  # the longest name in conf/method/


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    write_panel(folder, 11, num_classes=10)
    for seed in range(3):
        write_run(folder, 0.02, LONG, seed, num_classes=10, pull=0.5, seconds=400)
    return read_sweep(folder)


@pytest.fixture(scope="module")
def ranking(sweep):
    return rank(sweep, resample(sweep))[0]


def test_the_terminal_shows_the_ranking_and_cuts_nothing(sweep, ranking):
    output = io.StringIO()
    terminal.show(sweep, compare(sweep), Console(file=output, width=80), [ranking])
    lines = output.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in output.getvalue()
    shown = [found[1] for line in lines if (found := re.match(r" *\d+  (\S+) +\d", line))]
    assert shown == [e.method for e in ranking.entries]
    assert "→" not in output.getvalue()  # the tables of before and after would be endless
    assert any(line.startswith("· Take augment") or "· Take sampler" in line for line in lines)


def test_other_groups_of_the_sweep_keep_their_table(tmp_path):
    write_panel(tmp_path, 6, seeds=1)
    for method in ("baseline", "improved"):
        write_run(tmp_path, 0.1, method)
    both, output = read_sweep(tmp_path), io.StringIO()
    resampled = resample(both)
    terminal.show(both, compare(both), Console(file=output, width=80), rank(both, resampled))
    assert output.getvalue().count("→") == 1 + 2


def test_a_row_holds_what_the_runs_recorded(ranking):
    table = section.ranking_table(ranking)
    rows = {row[1].strip("*"): dict(zip(table.header, row, strict=True)) for row in table.rows}
    assert len(rows) == 13
    for method, members in ranking.group.methods.items():
        row = rows[method]
        values = [100 * m.metrics[BALANCED] for m in members]
        assert row["accuracy %"] == f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}"
        few = 100 * np.mean([m.metrics["test/recall_few"] for m in members])
        assert row["few-shot %"] == f"{few:.1f}"
    assert rows["improved"]["training s"] == "11"
    assert rows[LONG]["training s"] == "400"
    assert rows["improved"]["gain, points"].startswith("-")
    bold = [row[1] for row in table.rows if row[1].startswith("**")]
    assert bold == [f"**{e.method}**" for e in ranking.near]


def test_the_adjusted_baseline_stands_where_it_would_be(ranking):
    table = section.ranking_table(ranking)
    [place] = [i for i, row in enumerate(table.rows) if row[1] == FREE]
    assert table.rows[place][0] == ""
    means = [float(row[2].split()[0]) for row in table.rows]
    assert means == sorted(means, reverse=True)
    recalls = []
    for m in ranking.group.methods["baseline"]:
        p = m.predictions
        few = [c for c in range(10) if p.class_counts[c] < 20]
        recalls.append(np.mean([np.mean(p.adjusted[p.targets == c] == c) for c in few]))
    shown = table.rows[place][table.header.index("few-shot %")]
    assert shown == f"{100 * np.mean(recalls):.1f}"


def test_an_imbalanced_test_set_has_both_accuracies(tmp_path):
    write_panel(tmp_path, 5, seeds=1)
    for file in tmp_path.glob("**/predictions.npz"):
        with np.load(file) as arrays:
            np.savez(file, **{k: v if k == "class_counts" else v[:-7] for k, v in arrays.items()})
    sweep = read_sweep(tmp_path)
    [found] = rank(sweep, resample(sweep))
    header = section.ranking_table(found).header
    assert header[2] == "balanced\naccuracy %"
    assert "accuracy %" in header
    assert ACCURACY in found.first.figures


def test_results_md_has_the_ranking_before_the_tables(sweep, ranking, tmp_path):
    write_results(sweep, compare(sweep), [ranking])
    text = (sweep.path / "results.md").read_text()
    assert text.index("## Ranking: toy, ratio 0.02") < text.index("## Before → after")
    assert "- Take **" in text
    assert text.count(f"| {LONG} |") == 3  # ranking, before → after, every figure


def test_the_front_is_what_no_method_beats_in_both(ranking):
    shown = tradeoff.points(ranking)
    assert len(shown) == 13
    front = {e.method for e in tradeoff.pareto(shown)}
    for e in shown:
        beaten = any(o.seconds <= e.seconds and o.mean() >= e.mean() and o is not e for o in shown)
        assert beaten == (e.method not in front)
    assert {"sampler", "augment"} & front
    assert {e.method for e in tradeoff.named(ranking)} >= front | {"baseline", FREE}


def test_both_figures_show_every_method_once(ranking):
    figure = tradeoff.interactive(ranking)
    told = [name for trace in figure.data for name in trace.text or ()]
    assert sorted(told) == sorted([*ranking.group.methods, FREE])
    assert figure.layout.xaxis.type == "log"  # 400 s beside 9 s
    [axes] = tradeoff.drawn(ranking).axes
    assert axes.get_xscale() == "log"
    drawn = [len(line.get_xdata()) for line in axes.get_lines()[1:]]
    assert sum(drawn) == 13
    assert len(axes.get_legend().get_texts()) == len(drawn) == len(figure.data) - 1


def test_runs_without_times_are_ranked_and_left_out_of_the_figure(tmp_path):
    write_panel(tmp_path, 5, seeds=1, metrics={"seconds/train": None})
    sweep = read_sweep(tmp_path)
    [found] = rank(sweep, resample(sweep))
    assert not any(isinstance(b, Charts) for b in section.ranking_section([found]).blocks)
    assert section.ranking_table(found).rows[0][-2] == section.UNKNOWN


def test_a_few_methods_are_shown_in_detail(sweep, ranking):
    chosen = detailed([ranking])
    assert chosen[:2] == ["baseline", ranking.first.method]
    assert len(chosen) == DETAILED
    assert {"sampler", "augment"} <= set(chosen)
    few, comparisons = narrowed(sweep, compare(sweep), chosen)
    assert {m.method for m in few.finished} == set(chosen)
    assert len(comparisons) == DETAILED - 1
