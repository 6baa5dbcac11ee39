"""The same figure for every group, and the room its names need."""

import plotly.graph_objects as go
from matplotlib.figure import Figure

from ltlight.report.drawing.plotly_axes import label_room
from ltlight.report.drawing.small_multiples import class_width, matrix_width, small_multiples
from ltlight.report.results.group import groups
from ltlight.report.results.sweep import read_sweep
from tests.report.run_folders import write_run


def test_every_group_has_a_panel_and_a_picture_of_its_own(toy):
    found, drawn = groups(toy), []

    def statically(group) -> Figure:
        drawn.append(group)
        return Figure()

    def interactively(group) -> go.Figure:
        return go.Figure(layout={"title": group.title})

    charts = small_multiples("c", "s", found, interactively, statically, ["first", "second"], 400)
    assert (charts.caption, charts.width) == ("c", 400)
    titles = ["toy, ratio 0.1: first", "toy, ratio 0.02: second"]
    assert [p.title for p in charts.panels] == [p.alt for p in charts.pictures] == titles
    assert [p.slug for p in charts.panels] == ["s_toy_ratio0.1", "s_toy_ratio0.02"]
    assert [p.figure.layout.title.text for p in charts.panels] == [g.title for g in found]
    assert drawn == []  # pictures are drawn when they are written
    for picture in charts.pictures:
        picture.draw()
    assert drawn == found


def test_without_notes_a_title_is_the_groups(toy):
    found = groups(toy)
    charts = small_multiples("c", "s", found, lambda _: go.Figure(), lambda _: Figure())
    assert [panel.title for panel in charts.panels] == [g.title for g in found]


def test_more_classes_need_more_room(toy, tmp_path):
    write_run(tmp_path, num_classes=60, test_per_class=2, pictures=False)
    [many], few = groups(read_sweep(tmp_path)), groups(toy)[0]
    assert (class_width(few), matrix_width(few)) == (300, 300)
    assert class_width(many) >= 60 * 12
    assert matrix_width(many) - label_room(many.names) >= 60 * 9
