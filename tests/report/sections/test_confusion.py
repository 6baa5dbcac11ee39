"""Confusion matrices in pairs on one colour scale, in both drawings."""

import numpy as np
import pytest

from ltlight.report.document.blocks import Charts, Text
from ltlight.report.results.group import confusion, groups, row_percent
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections import confusion as module
from ltlight.report.sections.confusion import confusion_section, drawn, interactive, matrix
from tests.report.run_folders import write_run


def test_every_method_stands_beside_the_baseline_on_one_colour_scale(toy):
    found = groups(toy)
    note, *pairs = confusion_section(found).blocks
    assert isinstance(note, Text)
    assert [pair.caption for pair in pairs] == [f"{g.title}: baseline and improved" for g in found]
    for g, pair in zip(found, pairs, strict=True):
        slugs = [panel.slug for panel in pair.panels]
        assert slugs == [
            f"confusion_{g.slug}_baseline_improved-baseline",
            f"confusion_{g.slug}_baseline_improved-improved",
        ]
        tops = {panel.figure.layout.coloraxis.cmax for panel in pair.panels}
        largest = [row_percent(confusion(ms, g.order)).max() for ms in g.methods.values()]
        assert tops == {max(largest)}


def test_a_method_alone_stands_alone(tmp_path):
    write_run(tmp_path, method="improved", pictures=False)
    _, charts = confusion_section(groups(read_sweep(tmp_path))).blocks
    assert isinstance(charts, Charts)
    assert [panel.title for panel in charts.panels] == ["improved"]


def test_both_drawings_hold_percent_of_the_true_class(toy):
    [group, _] = groups(toy)
    counts = confusion(group.methods["improved"], group.order)
    percent = 100 * counts / counts.sum(axis=1, keepdims=True)
    [heat] = interactive(group, "improved", 90.0).data
    assert np.asarray(heat.z) == pytest.approx(percent, abs=1e-4)
    assert (np.asarray(heat.customdata) == counts).all()  # shown on hover
    assert list(heat.x) == list(heat.y) == group.names
    first, second, bar = drawn(group, ["baseline", "improved"], 90.0).axes
    assert (first.get_title(), second.get_title()) == ("baseline", "improved")
    [picture] = second.get_images()
    assert np.asarray(picture.get_array()) == pytest.approx(percent)
    assert picture.get_clim() == first.get_images()[0].get_clim() == (0, 90)
    assert [t.get_text() for t in first.get_yticklabels()] == group.names
    assert not any(t.get_text() for t in second.get_yticklabels())  # the first's stand for both
    assert bar.get_ylim() == (0, 90)


def test_a_dollar_in_a_class_name_begins_no_formula(tmp_path):
    names = ["a", r"$\frac{$ b", "c", "$d$", "e"]
    write_run(tmp_path, metrics={"class_names": names})
    [group] = groups(read_sweep(tmp_path))
    figure = drawn(group, ["baseline"], 90.0)
    figure.savefig(tmp_path / "confusion.png")
    labels = {label.get_text() for label in figure.axes[0].get_yticklabels()}
    assert labels == set(names)
    assert not any(label.get_parse_math() for label in figure.axes[0].get_yticklabels())


def test_of_many_classes_neighbours_are_taken_together(toy, monkeypatch):
    [group, _] = groups(toy)
    counts, names = matrix(group, "improved")
    assert names == group.names
    num_classes = len(names)
    monkeypatch.setattr(module, "SINGLE", num_classes - 1)
    monkeypatch.setattr(module, "BLOCKS", 2)
    merged, blocks = matrix(group, "improved")
    size = -(-num_classes // 2)
    assert blocks == [f"1-{size}", f"{size + 1}-{num_classes}"]
    assert merged.tolist() == [
        [counts[:size, :size].sum(), counts[:size, size:].sum()],
        [counts[size:, :size].sum(), counts[size:, size:].sum()],
    ]
    note, *pairs = confusion_section([group]).blocks
    assert note.text.endswith(module.MERGED)
    assert list(pairs[0].panels[0].figure.data[0].x) == blocks
    assert [
        label.get_text() for label in drawn(group, ["improved"], 90.0).axes[0].get_yticklabels()
    ] == blocks
