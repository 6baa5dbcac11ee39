"""Every class before and after: two recalls with their intervals, joined, in both drawings."""

import numpy as np
import pytest

from ltlight.report.drawing.palette import GAIN, LOSS
from ltlight.report.results.group import groups, mean_recalls
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.dumbbells import ASIDE, drawn, ends, interactive
from ltlight.report.stats.comparison import compare
from ltlight.report.stats.shares import wilson
from tests.report.run_folders import write_run


@pytest.fixture(scope="module")
def change(toy, comparisons):
    """Of ratio 0.02."""
    [group] = [g for g in groups(toy) if g.ratio == 0.02]
    [c] = [c for c in comparisons if c.ratio == 0.02]
    return group, c, ends(group, c)


def test_the_ends_are_recalls_in_percent_with_the_intervals_of_one_seeds_images(change):
    group, c, e = change
    for i, (members, values) in enumerate(((c.before, e.before), (c.after, e.after))):
        recalls = mean_recalls(members, group.order)
        assert values == pytest.approx(100 * recalls)
        low, high = wilson(recalls, np.full(5, 20))  # 20 images a class, however many seeds
        assert e.around[i] == pytest.approx(100 * np.array([low, high]))
    assert e.points == pytest.approx(e.after - e.before)


def test_both_drawings_join_the_dots_in_the_colour_of_the_change(change):
    group, _, e = change
    gained, lost, before, after = interactive(e).data
    places = np.arange(5)
    for line, chosen, colour in ((gained, e.points >= 0, GAIN), (lost, e.points < 0, LOSS)):
        assert line.line.color == colour
        assert [y for y in line.y if y is not None] == pytest.approx(
            np.stack([e.before, e.after], 1)[chosen].ravel()
        )
    assert np.asarray(before.x) == pytest.approx(places - ASIDE)
    assert np.asarray(after.x) == pytest.approx(places + ASIDE)
    assert (before.name, after.name) == ("baseline", "improved")
    for i, dots in enumerate((before, after)):
        assert dots.y + dots.error_y.array == pytest.approx(e.around[i][1])
        assert dots.y - dots.error_y.arrayminus == pytest.approx(e.around[i][0])
    [axes] = drawn(e).axes
    joined = [line for line in axes.get_lines() if line.get_color() in (GAIN, LOSS)]
    assert len(joined) == 5
    assert [t.get_text() for t in axes.get_xticklabels()] == group.names


def test_thumbnails_have_room_above_and_names_are_no_tags(tmp_path):
    names = ["a", "<b>c</b>", "d & e", "f", "g"]
    for method in ("baseline", "improved"):
        write_run(tmp_path, method=method, metrics={"class_names": names})
    sweep = read_sweep(tmp_path)
    e = ends(groups(sweep)[0], compare(sweep)[0])
    plain, pictured = interactive(e), interactive(e, "toy")
    assert plain.layout.meta is None
    assert pictured.layout.meta == {"thumbnails": "toy"}
    assert pictured.layout.margin.t > plain.layout.margin.t
    assert pictured.layout.legend.y > plain.layout.legend.y
    assert list(plain.layout.xaxis.ticktext) == ["a", "&lt;b>c&lt;/b>", "d &amp; e", "f", "g"]


def test_a_class_without_test_images_has_no_dot(tmp_path):
    for method in ("baseline", "improved"):
        write_run(tmp_path, method=method, untested=(2,), pictures=False)
    sweep = read_sweep(tmp_path)
    e = ends(groups(sweep)[0], compare(sweep)[0])
    assert np.flatnonzero(np.isnan(e.points)).tolist() == [2]
    assert np.isnan(e.around[:, :, 2]).all()
    drawn(e).savefig(tmp_path / "dumbbells.png")
