"""The reliability diagram and what is expected class by class, in both drawings."""

import numpy as np
import pytest

from ltlight.report.drawing.palette import looks
from ltlight.report.results.group import groups
from ltlight.report.results.reliability import reliability
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections import reliability_figures as module
from ltlight.report.sections.reliability_figures import (
    by_class,
    by_class_drawn,
    drawn,
    interactive,
    ratio,
)
from tests.report.run_folders import write_run

LOOKS = looks(["baseline", "improved"])


@pytest.fixture(scope="module")
def group(toy):
    return groups(toy)[1]


@pytest.fixture(scope="module")
def found(group):
    return {method: reliability(members, False) for method, members in group.methods.items()}


def test_dots_are_the_filled_bins_and_the_line_between_says_where_they_should_be(found):
    even, *lines = interactive(found, LOOKS).data
    assert list(even.x) == list(even.y) == [0, 100]
    [axes] = drawn(found, LOOKS).axes
    by_label = {line.get_label(): line for line in axes.get_lines()}
    for line, (method, r) in zip(lines, found.items(), strict=True):
        filled = r.images > 0
        assert line.name == method
        assert line.x == pytest.approx(100 * r.confidence[filled])
        assert line.y == pytest.approx(100 * r.accuracy[filled])
        assert list(line.customdata) == r.images[filled].tolist()
        largest = np.argmax(r.images[filled])
        assert line.marker.size[largest] == max(line.marker.size) == module.LARGEST
        assert by_label[method].get_ydata() == pytest.approx(line.y)


def test_a_class_is_expected_so_many_times_as_often_as_it_occurs(group, found):
    traces = {trace.name: trace for trace in by_class(group, found, LOOKS).data}
    dots = by_class_drawn(group, found, LOOKS).axes[0].collections
    for (method, r), drawing in zip(found.items(), dots, strict=True):
        expected = (r.expected / 0.2)[group.order]
        assert traces[method].y == pytest.approx(expected)
        assert np.asarray(drawing.get_offsets())[:, 1] == pytest.approx(expected)
    baseline = traces["baseline"].y
    assert baseline[0] > 1 > baseline[-1]  # a plain training expects the head


def test_many_classes_are_named_on_hover_alone(group, found, monkeypatch):
    assert list(by_class(group, found, LOOKS).layout.xaxis.ticktext) == group.names
    monkeypatch.setattr(module, "NAMED", 4)
    axis = by_class(group, found, LOOKS).layout.xaxis
    assert (axis.ticktext, axis.showticklabels) == (None, False)
    assert axis.title.text == "classes, head to tail"


def test_a_class_without_test_images_has_no_dot(tmp_path):
    write_run(tmp_path, untested=(1,), pictures=False)
    [group] = groups(read_sweep(tmp_path))
    r = reliability(group.methods["baseline"], False)
    assert np.isnan(ratio(group, r)).tolist() == [False, True, False, False, False]
    by_class_drawn(group, {"baseline": r}, LOOKS).savefig(tmp_path / "classes.png")
