"""Learning curves: means over the seeds that logged them, in both drawings."""

from dataclasses import replace

import numpy as np
import pytest

from ltlight.report.document.blocks import Text
from ltlight.report.drawing.palette import looks
from ltlight.report.results.group import groups
from ltlight.report.results.sweep import Sweep
from ltlight.report.sections.curves import curves_section, drawn, interactive, mean_curve
from ltlight.runs.run_folder import RunFolder

LOOKS = looks(["baseline", "improved"])


@pytest.fixture
def members(toy, tmp_path):
    """Two seeds of a method, whose curves are still to be written."""
    folders = [RunFolder(tmp_path / f"seed={seed}") for seed in (0, 1)]
    for folder in folders:
        folder.path.mkdir()
    return [replace(toy.finished[0], seed=s, folder=folder) for s, folder in enumerate(folders)]


def test_the_mean_is_over_epochs_that_every_seed_logged(members):
    first, second = (member.folder.curves for member in members)
    first.write_text('{"epoch": 1, "a": 1}\n{"epoch": 2, "a": 3}\n')
    second.write_text('{"epoch": 2, "a": 5}\n{"epoch": 3, "a": 7}\n{"epoch": 1, "b": 7}\n')
    epochs, mean, spread = mean_curve(members, "a")
    assert (epochs.tolist(), mean.tolist()) == ([2], [4])
    assert spread == pytest.approx([2**0.5])
    assert [part.tolist() for part in mean_curve(members[:1], "a")] == [[1, 2], [1, 3], [0, 0]]


def test_runs_without_curves_have_empty_ones_and_the_section_says_so(members):
    assert [len(part) for part in mean_curve(members, "train/loss")] == [0, 0, 0]
    [group] = groups(Sweep(members[0].folder.path, members, []))
    [switched] = curves_section([group], LOOKS).blocks
    [only] = switched.variants[0].blocks
    assert only == Text(f"{group.title}: these runs logged no curves.", "note")


def test_the_metrics_of_a_ratio_stand_side_by_side(toy):
    found = groups(toy)
    [switched] = curves_section(found, LOOKS).blocks
    for g, variant in zip(found, switched.variants, strict=True):
        [charts] = variant.blocks
        titles = [panel.title for panel in charts.panels]
        assert titles == ["training loss", "macro-F1, test images", "accuracy, test images"]
        assert charts.panels[0].slug == f"curve_train_loss_{g.slug}"  # nothing was held out
        assert len(charts.pictures) == 3


def test_a_metric_of_one_epoch_is_a_dot(members):
    for member in members:
        member.folder.curves.write_text('{"epoch": 3, "train/loss": 1}\n')
    [group] = groups(Sweep(members[0].folder.path, members, []))
    [dots] = interactive(group, LOOKS, "train/loss", "training loss").data
    assert dots.mode == "markers"
    [axes] = drawn(group, LOOKS, "train/loss", "training loss").axes
    assert axes.get_lines()[0].get_marker() == LOOKS["baseline"].marker[1]


def test_both_drawings_have_a_line_and_a_band_a_method(toy):
    [group, _] = groups(toy)
    figure = interactive(group, LOOKS, "train/loss", "training loss")
    assert [(t.name, t.mode) for t in figure.data] == [
        ("baseline", "none"),
        ("baseline", "lines"),
        ("improved", "none"),
        ("improved", "lines"),
    ]
    [axes] = drawn(group, LOOKS, "train/loss", "training loss").axes
    for i, (method, members) in enumerate(group.methods.items()):
        epochs, mean, spread = mean_curve(members, "train/loss")
        band, line = figure.data[2 * i : 2 * i + 2]
        assert list(line.x) == axes.get_lines()[i].get_xdata().tolist() == epochs.tolist()
        assert np.asarray(line.y) == pytest.approx(mean, abs=1e-6)
        assert axes.get_lines()[i].get_ydata() == pytest.approx(mean)
        assert axes.get_lines()[i].get_label() == method
        assert np.asarray(band.y)[: len(epochs)] == pytest.approx(mean + spread, abs=1e-6)
    assert len(axes.collections) == 2
    assert figure.layout.yaxis.title.text == axes.get_ylabel() == "training loss"
