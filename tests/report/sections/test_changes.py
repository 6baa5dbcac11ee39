"""What changed, class by class: the extremes, their pictures, and both drawings."""

import numpy as np
import pytest

from ltlight.report.document.blocks import Setting, Text
from ltlight.report.document.table import Strip
from ltlight.report.results.group import groups, mean_recalls
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.changes import GROUPS_NOTE, NOTE, changes_section, extremes
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


def test_every_comparison_has_a_figure_and_a_table_beside_it(toy, comparisons):
    switched, note = changes_section(groups(toy), comparisons).blocks
    assert [v.of for v in switched.variants] == [
        Setting("toy", ratio, "improved") for ratio in ("0.1", "0.02")
    ]
    for variant, c in zip(switched.variants, comparisons, strict=True):
        [columns] = variant.blocks
        [[charts], [table]] = [blocks for _, blocks in columns.columns]
        assert charts.caption.startswith(f"toy, ratio {c.imbalance}: recall of every class")
        assert "pictures" in table.table.header[-1]
    assert note.text == NOTE


def test_of_images_in_groups_the_intervals_are_said_to_be_narrow(tmp_path):
    for method in ("baseline", "improved"):
        write_run(tmp_path, method=method, groups=7, pictures=False)
    sweep = read_sweep(tmp_path)
    note = changes_section(groups(sweep), compare(sweep)).blocks[1]
    assert note.text == NOTE + GROUPS_NOTE


def test_runs_without_pictures_are_still_compared(sweep_folder):
    for file in sweep_folder.glob("**/pictures.npz"):
        file.unlink()
    broken = next(sweep_folder.glob("**/seed=0"))
    (broken / "pictures.npz").write_bytes(b"PK no archive")
    sweep = read_sweep(sweep_folder)
    comparisons, found = compare(sweep), groups(sweep)
    table = extremes(found[0], comparisons[0], np.linspace(-1, 1, 5))
    assert table.header[-1] == "points"
    last = changes_section(found, comparisons).blocks[-1]
    assert last == Text("These runs kept no pictures: a new run keeps some.", "note")


def test_a_group_without_a_baseline_says_so_beside_one_that_has(tmp_path):
    for ratio, method in ((0.1, "baseline"), (0.1, "improved"), (0.02, "improved")):
        write_run(tmp_path, ratio, method, pictures=False)
    sweep = read_sweep(tmp_path)
    switched = changes_section(groups(sweep), compare(sweep)).blocks[0]
    [told] = switched.variants[1].blocks
    assert told.text == "toy, ratio 0.02: there is no method beside a baseline to compare."


def test_without_a_baseline_there_is_nothing_to_compare(tmp_path):
    write_run(tmp_path, method="improved", pictures=False)
    sweep = read_sweep(tmp_path)
    [only] = changes_section(groups(sweep), compare(sweep)).blocks
    assert only == Text("There is no method beside a baseline to compare.", "note")
