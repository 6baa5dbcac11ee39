"""Training images of every class and the weights they give, in the table and in both drawings."""

import numpy as np
import pytest

from ltlight.data.longtail import inverse_frequency_weights
from ltlight.report.results.group import groups
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.distribution import (
    distribution_section,
    drawn,
    interactive,
    sample_weights,
)
from tests.report.run_folders import write_run


@pytest.mark.parametrize("counts", [[200, 91, 41, 19, 8], [7], [5000, 1], [3, 3, 3]])
def test_weights_are_those_of_the_weighted_sampler(counts):
    counts = np.array(counts)
    assert (sample_weights(counts) == inverse_frequency_weights(counts)).all()


def test_the_table_has_counts_and_weights_of_every_ratio(toy):
    found = groups(toy)
    charts, table, note = distribution_section(found).blocks
    assert table.table.header == [
        "class",
        "ratio 0.1\nimages",
        "ratio 0.1\nweight",
        "ratio 0.02\nimages",
        "ratio 0.02\nweight",
    ]
    *rows, total = table.table.rows
    for place, row in enumerate(rows):
        n, c = found[0].counts, len(found[0].counts)
        assert row[:3] == [
            found[0].names[place],
            str(n[place]),
            f"{n.sum() / (c * n[place]):.3f}",
        ]
    assert total[::2] == ["**all**", "", ""]
    assert total[1::2] == [f"**{g.counts.sum()}**" for g in found]
    assert (table.folded, note.kind) == ("", "note")
    titles = [panel.title for panel in charts.panels]
    largest, smallest = found[0].counts.max(), found[0].counts.min()
    assert titles[0] == (
        f"toy, ratio 0.1: {found[0].counts.sum():,} images, {largest} to {smallest} a class"
    )


def test_a_table_of_many_classes_is_folded(tmp_path):
    write_run(tmp_path, num_classes=21, test_per_class=2, pictures=False)
    section = distribution_section(groups(read_sweep(tmp_path)))
    assert section.blocks[1].folded == "counts and weights of 21 classes"


def test_both_drawings_have_a_bar_for_every_class(toy):
    [_, group] = groups(toy)
    [bars] = interactive(group).data
    assert list(bars.x) == group.names
    assert list(bars.y) == group.counts.tolist()
    assert bars.customdata == pytest.approx(sample_weights(group.counts), abs=5e-4)
    [axes] = drawn(group).axes
    assert [bar.get_height() for bar in axes.patches] == group.counts.tolist()
    assert [label.get_text() for label in axes.get_xticklabels()] == group.names
