"""Recall from head to tail in both drawings, and the table of all scores."""

from dataclasses import replace

import numpy as np
import pytest

from ltlight.report.document.blocks import Setting, charts_of
from ltlight.report.drawing.palette import looks
from ltlight.report.results.group import groups, mean_recalls, running_mean
from ltlight.report.results.seed_average import SeedAverage
from ltlight.report.results.sweep import Sweep, read_sweep
from ltlight.report.sections.detail_table import detail_notes
from ltlight.report.sections.recall import LONG, drawn, interactive, recall_section
from ltlight.report.stats.comparison import resample
from ltlight.report.stats.judging import rank
from tests.report.run_folders import write_run

LOOKS = looks(["baseline", "improved"])


@pytest.fixture(scope="module")
def group(toy):
    return groups(toy)[1]


def test_points_are_recalls_and_lines_their_running_means(group):
    figure = interactive(group, LOOKS)
    assert [trace.mode for trace in figure.data] == ["markers", "lines"] * 2
    [axes] = drawn(group, LOOKS).axes
    dots = [line for line in axes.get_lines() if line.get_label() in group.methods]
    for i, (method, members) in enumerate(group.methods.items()):
        values = 100 * mean_recalls(members, group.order)
        points, trend = figure.data[2 * i : 2 * i + 2]
        assert points.name == trend.name == method
        assert np.asarray(points.x) == pytest.approx(group.counts)
        assert np.asarray(points.y) == pytest.approx(values)
        assert np.asarray(trend.y) == pytest.approx(running_mean(values))
        assert dots[i].get_ydata() == pytest.approx(values)
        assert dots[i].get_color() == points.marker.color == LOOKS[method].colour


def test_the_borders_of_the_shots_are_drawn(group):
    edges = [shape.x0 for shape in interactive(group, LOOKS).layout.shapes]
    assert edges == [20, 100]
    [axes] = drawn(group, LOOKS).axes
    dotted = [line.get_xdata()[0] for line in axes.get_lines() if line.get_linestyle() == ":"]
    assert dotted[-2:] == [20, 100]


def test_every_group_has_its_figure_and_what_the_scores_cost_beside_it(toy):
    rankings = rank(toy, resample(toy))
    switched, table, note = recall_section(toy, groups(toy), LOOKS, rankings).blocks
    assert [v.of for v in switched.variants] == [Setting("toy", r, "") for r in ("0.1", "0.02")]
    slugs = [[p.slug for c in charts_of(v.blocks) for p in c.panels] for v in switched.variants]
    assert slugs == [[f"recall_{g.slug}", f"tradeoff_{g.slug}"] for g in groups(toy)]
    assert len(table.table.rows) == 4
    assert (table.folded, note.text) == ("", detail_notes(toy))


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (None, "these runs recorded neither the time nor the steps of their training."),
        (17_000, "every training of known cost took 17,000 steps, so there is no"),
    ],
)
def test_where_cost_tells_nothing_apart_a_line_says_so(tmp_path, steps, told):
    cost = {"seconds/train": None, "steps": steps}
    for method in ("baseline", "improved"):
        write_run(tmp_path, method=method, metrics=cost, pictures=False)
    sweep = read_sweep(tmp_path)
    rankings = rank(sweep, resample(sweep))
    blocks = recall_section(sweep, groups(sweep), LOOKS, rankings).blocks[0].variants[0].blocks
    assert [p.slug for c in charts_of(blocks) for p in c.panels] == ["recall_toy_ratio0.02"]
    assert blocks[1].text.startswith(f"toy, ratio 0.02: {told}")


def test_a_long_table_is_folded(toy):
    many = [replace(toy.finished[0], method=f"m{i}") for i in range(LONG + 1)]
    rankings = rank(toy, resample(toy))
    section = recall_section(Sweep(toy.path, many, []), groups(toy), LOOKS, rankings)
    assert section.blocks[1].folded == f"all {LONG + 1} rows of scores"


def test_averages_of_seeds_are_rows_but_no_methods(toy):
    predictions = toy.finished[0].predictions
    scores = predictions.adjusted_scores | {"ece": 0.1, "log_loss": 1.0}
    many = [replace(toy.finished[0], method=f"m{i}") for i in range(LONG)]
    averages = [SeedAverage([m], scores) for m in many]
    rankings = rank(toy, resample(toy))
    section = recall_section(Sweep(toy.path, many, []), groups(toy), LOOKS, rankings, averages)
    table, note = section.blocks[1:]
    assert len(table.table.rows) == 2 * LONG
    assert table.folded == f"all {LONG} rows of scores"
    assert "average of the seeds' logits" in note.text.lower()
