"""What changed, class by class: the extremes, their pictures, and both drawings."""

import numpy as np
import pytest

from ltlight.report.document.blocks import Charts, Heading, TableBlock, Text
from ltlight.report.document.table import Strip
from ltlight.report.drawing.palette import GAIN, LOSS
from ltlight.report.results.group import groups, mean_recalls
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.changes import changes_section, drawn, extremes, interactive
from ltlight.report.stats.comparison import compare
from tests.report.run_folders import write_run


@pytest.fixture(scope="module")
def change(toy, comparisons):
    """The group of ratio 0.02, its comparison, and the recalls before and after."""
    [group] = [g for g in groups(toy) if g.ratio == 0.02]
    [c] = [c for c in comparisons if c.ratio == 0.02]
    before, after = (mean_recalls(ms, group.order) for ms in (c.before, c.after))
    return group, c, before, after


def test_extremes_are_the_largest_gains_and_losses(change):
    group, c, before, after = change
    table = extremes(group, c, after - before)
    points = [float(row[3]) for row in table.rows]
    expected = 100 * (after - before)
    assert max(points) == pytest.approx(expected.max(), abs=0.051)
    assert min(points) == pytest.approx(expected.min(), abs=0.051)
    assert len(points) == (expected != 0).sum()  # five classes: all that changed, each once
    assert any(isinstance(row[-1], Strip) for row in table.rows)


def test_bars_are_points_of_recall_in_the_colour_of_their_sign(change):
    group, _, before, after = change
    points = 100 * (after - before)
    colours = [GAIN if p >= 0 else LOSS for p in points]
    [bars] = interactive(group, before, after).data
    assert np.asarray(bars.y) == pytest.approx(points)
    assert list(bars.marker.color) == colours
    assert bars.customdata[:, 1:] == pytest.approx(100 * np.stack([before, after], 1), abs=0.06)
    [axes] = drawn(group, before, after).axes
    assert [bar.get_height() for bar in axes.patches] == pytest.approx(points)


def test_every_comparison_has_a_heading_a_figure_and_a_table(toy, comparisons):
    section = changes_section(groups(toy), comparisons)
    assert [type(b) for b in section.blocks] == [Heading, Charts, TableBlock] * 2
    assert section.blocks[0].text == "toy, ratio 0.1: improved"


def test_runs_without_pictures_are_still_compared(sweep_folder):
    for file in sweep_folder.glob("**/pictures.npz"):
        file.unlink()
    broken = next(sweep_folder.glob("**/seed=0"))
    (broken / "pictures.npz").write_bytes(b"PK no archive")
    sweep = read_sweep(sweep_folder)
    comparisons, found = compare(sweep), groups(sweep)
    table = extremes(found[0], comparisons[0], np.linspace(-1, 1, 5))
    assert table.header[-1] == "points"
    first = changes_section(found, comparisons).blocks[0]
    assert first == Text("These runs kept no pictures: a new run keeps some.", "note")


def test_without_a_baseline_there_is_nothing_to_compare(tmp_path):
    write_run(tmp_path, method="improved", pictures=False)
    sweep = read_sweep(tmp_path)
    [only] = changes_section(groups(sweep), compare(sweep)).blocks
    assert only == Text("There is no method beside a baseline to compare.", "note")
