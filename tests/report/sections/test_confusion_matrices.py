"""A confusion matrix in percent and the difference of two in points, in both drawings."""

import numpy as np
import pytest

from ltlight.report.results.group import confusion, groups, row_percent
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections import confusion_matrices as module
from ltlight.report.sections.confusion_matrices import (
    drawn,
    interactive,
    interactive_difference,
    matrices,
    merged,
    strongest,
)
from ltlight.report.stats.comparison import compare
from tests.report.run_folders import write_run

TITLES = ["baseline", "difference"]


@pytest.fixture(scope="module")
def change(toy, comparisons):
    """The group of ratio 0.1, and percent of the true class before and after."""
    group, c = groups(toy)[0], comparisons[0]
    both = [row_percent(confusion(members, group.order)) for members in (c.before, c.after)]
    return group, c, *both


def test_both_drawings_hold_percent_of_the_true_class(change):
    group, c, before, _ = change
    m = matrices(group, c)
    [heat] = interactive(m).data
    assert np.asarray(heat.z) == pytest.approx(before, abs=1e-4)
    assert (np.asarray(heat.customdata) == confusion(c.before, group.order)).all()  # on hover
    assert list(heat.x) == list(heat.y) == group.names
    first, _, second, _ = drawn(m, TITLES).axes  # each with its bar
    assert (first.get_title(), second.get_title()) == ("baseline", "difference")
    [picture] = first.get_images()
    assert np.asarray(picture.get_array()) == pytest.approx(before)
    assert picture.get_clim() == (0, 100)
    assert [t.get_text() for t in first.get_yticklabels()] == group.names
    assert not any(t.get_text() for t in second.get_yticklabels())  # the first's stand for both


def test_the_difference_is_coloured_by_relief_and_numbered_by_its_sign(change):
    group, c, before, after = change
    m = matrices(group, c)
    [heat] = interactive_difference(m).data
    points = after - before
    on_diagonal = np.eye(len(points), dtype=bool)
    relief = np.where(on_diagonal, points, -points)  # fewer confusions are one, too
    assert np.asarray(heat.z) == pytest.approx(relief, abs=1e-4)
    assert np.asarray(heat.customdata) == pytest.approx(np.stack([before, after], 2), abs=0.051)
    told = [["" if abs(v) < 0.5 else f"{v:+.0f}" for v in row] for row in points]
    assert [list(row) for row in heat.text] == told
    axis = interactive_difference(m).layout.coloraxis
    assert (axis.cmin, axis.cmax) == (-strongest(m), strongest(m))
    second = drawn(m, TITLES).axes[2]
    [picture] = second.get_images()
    assert np.asarray(picture.get_array()) == pytest.approx(relief)
    assert [t.get_text() for t in second.texts] == [text for row in told for text in row]


def test_many_classes_have_no_numbers_in_their_cells(change, monkeypatch):
    group, c, _, _ = change
    monkeypatch.setattr(module, "NUMBERED", 4)
    m = matrices(group, c)
    assert interactive(m).data[0].texttemplate is None
    assert not list(drawn(m, TITLES).axes[2].texts)


def test_rows_tell_their_test_images_where_these_differ(tmp_path):
    for method in ("baseline", "improved"):
        write_run(tmp_path, method=method, untested=(1,), pictures=False)
    sweep = read_sweep(tmp_path)
    m = matrices(groups(sweep)[0], compare(sweep)[0])
    assert m.images is None
    assert m.rows[:2] == ["class_name_00 (20)", "class_name_01 (0)"]
    assert np.isnan(m.relief[1]).all()  # an empty row
    assert np.isfinite(strongest(m))
    drawn(m, TITLES).savefig(tmp_path / "confusion.png")
    assert list(interactive_difference(m).data[0].y) == m.rows


def test_a_dollar_in_a_class_name_begins_no_formula(tmp_path):
    names = ["a", r"$\frac{$ b", "c", "$d$", "e"]
    write_run(tmp_path, metrics={"class_names": names})
    sweep = read_sweep(tmp_path)
    figure = drawn(matrices(groups(sweep)[0], compare(sweep)[0]), ["baseline"])
    figure.savefig(tmp_path / "confusion.png")
    labels = {label.get_text() for label in figure.axes[0].get_yticklabels()}
    assert labels == set(names)
    assert not any(label.get_parse_math() for label in figure.axes[0].get_yticklabels())


def test_of_many_classes_neighbours_are_taken_together(change, monkeypatch):
    group, c, _, _ = change
    counts, names = merged(group, c.after)
    assert names == group.names
    number = len(names)
    monkeypatch.setattr(module, "SINGLE", number - 1)
    monkeypatch.setattr(module, "BLOCKS", 2)
    summed, blocks = merged(group, c.after)
    size = -(-number // 2)
    assert blocks == [f"1-{size}", f"{size + 1}-{number}"]
    assert summed.tolist() == [
        [counts[:size, :size].sum(), counts[:size, size:].sum()],
        [counts[size:, :size].sum(), counts[size:, size:].sum()],
    ]
    m = matrices(group, c)
    assert m.rows == ["1-3 (60)", "4-5 (40)"]
    assert list(interactive(m).data[0].x) == blocks
