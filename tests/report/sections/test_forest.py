"""The forest plot: rows, order, marks, and both drawings of the same."""

import pytest

from ltlight.report.results.published import CIFAR50
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections import forest
from ltlight.report.sections.forest_rows import lines, part, placed
from ltlight.report.stats.comparison import resample
from ltlight.report.stats.judging import rank
from tests.report.run_folders import write_run


def rankings_of(folder):
    sweep = read_sweep(folder)
    return rank(sweep, resample(sweep))


def test_a_row_a_method_and_ratio_the_best_first(toy, ranking):
    rows = part(ranking).rows
    gains = [row.difference.mean for row in rows[1:]]
    assert gains == sorted(gains, reverse=True)
    assert len(rows) == len(ranking.entries)  # a heading in the baseline's place
    assert rows[0].name == f"ratio 0.02: baseline {100 * ranking.baseline.mean():.1f} %"
    heights = [y for y, _ in placed([part(r) for r in rank(toy, resample(toy))])]
    assert heights == [0, -1, -2, -3]


def test_lines_at_0_and_at_what_is_free_stand_beside_the_methods_of_their_ratio(toy):
    parts = [part(r) for r in rank(toy, resample(toy))]
    free = lines(parts, "free")
    assert [gain for gain, _, _ in free] == [p.free for p in parts]
    assert [(top, bottom) for _, top, bottom in free] == [(-0.55, -1.45), (-2.55, -3.45)]
    assert [gain for gain, _, _ in lines(parts, "zero")] == [0, 0]


def test_dots_and_intervals_are_the_differences(ranking):
    figure = forest.interactive([part(ranking)], "points")
    words = {trace.name: trace for trace in figure.data if trace.error_x.array is not None}
    expected = {}
    for e in ranking.remedies:
        expected.setdefault(e.gain.word, []).append((100 * e.gain.mean, 100 * e.gain.half_width))
    assert words.keys() == expected.keys()
    for word, trace in words.items():
        found = sorted(zip(trace.x, trace.error_x.array, strict=True))
        assert found == [pytest.approx(pair) for pair in sorted(expected[word])]


def test_both_drawings_name_every_method(ranking):
    drawn = forest.drawn([part(ranking)], "points")
    [axes] = drawn.axes
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    assert {e.method for e in ranking.remedies} == set(ticks)
    figure = forest.interactive([part(ranking)], "points")
    assert set(figure.layout.yaxis.ticktext) == set(ticks)


def test_published_gains_are_marked_where_the_data_are_the_reports(tmp_path):
    settings = {"num_classes": 50, "train_max": 500, "test_per_class": 100, "pictures": False}
    for method in ("baseline", "improved"):
        write_run(tmp_path, 0.02, method, metrics={"class_names": [*CIFAR50]}, **settings)
    [found] = rankings_of(tmp_path)
    row = part(found).rows[1]
    assert row.published == pytest.approx(39.40 - 32.98)
    figure = forest.interactive([part(found)], "points")
    assert forest.PUBLISHED_NAME in {trace.name for trace in figure.data}


def test_without_a_baseline_the_methods_stand_beside_the_best(tmp_path):
    for n in range(3):
        write_run(tmp_path, 0.02, f"remedy{n}", pull=0.3 * n, pictures=False)
    charts = forest.forest(rankings_of(tmp_path))
    figure = charts.panels[0].figure
    assert figure.layout.xaxis.title.text == "points over the best"
    assert len(figure.layout.yaxis.ticktext) == 2


def test_a_run_alone_has_no_plot(tmp_path):
    write_run(tmp_path, pictures=False)
    assert forest.forest(rankings_of(tmp_path)) is None


def test_names_are_no_tags(tmp_path):
    for name in ("baseline", "<b>&x"):
        write_run(tmp_path, 0.02, name, pictures=False)
    figure = forest.forest(rankings_of(tmp_path)).panels[0].figure
    assert figure.layout.yaxis.ticktext == ("&lt;b>&amp;x",)
