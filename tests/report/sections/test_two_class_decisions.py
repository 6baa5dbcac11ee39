"""The table of 2x2 counts."""

import numpy as np

from ltlight.report.results.sweep import read_sweep
from ltlight.report.results.two_class import BALANCED, LARGER, RULES
from ltlight.report.sections import two_class_decisions
from ltlight.report.sections.two_class_tables import read_groups
from tests.report.run_folders import write_run

TWO = {"num_classes": 2, "pictures": False, "skill": 1.0}


def column(table, name):
    return [row[table.header.index(name)] for row in table.rows]


def test_a_method_under_a_rule_is_a_row_with_its_spread(tmp_path):
    for seed in (0, 1):
        write_run(tmp_path, seed=seed, held_out=30, **TWO)
    found = read_groups(read_sweep(tmp_path))
    table = two_class_decisions.decisions_table(found)
    assert column(table, "called positive by") == [*RULES]
    members = found[0][1]["baseline"]
    counts = np.array([m.decisions[LARGER].found for m in members])
    expected = f"{counts.mean():.1f} ± {counts.std(ddof=1):.1f}"
    assert column(table, "found (TP)")[0] == expected
    chosen = np.array([m.decisions[BALANCED].threshold for m in members])
    assert column(table, "threshold")[:2] == [
        "0.5",
        f"{chosen.mean():.3f} ± {chosen.std(ddof=1):.3f}",
    ]
    assert two_class_decisions.THRESHOLD_NOTE in two_class_decisions.decisions_note(found)


def test_without_held_out_images_there_is_no_threshold_and_it_says_why(tmp_path):
    write_run(tmp_path, **TWO)
    found = read_groups(read_sweep(tmp_path))
    table = two_class_decisions.decisions_table(found)
    assert "threshold" not in table.header
    [row] = table.rows
    assert row[3] == LARGER
    assert all("." not in cell for cell in row[4:8])  # of one seed, whole images
    assert sum(map(int, row[4:8])) == 40
    assert two_class_decisions.NO_THRESHOLD_NOTE in two_class_decisions.decisions_note(found)


def test_a_rule_that_not_all_seeds_have_a_threshold_for_has_no_row(tmp_path):
    write_run(tmp_path, held_out=30, **TWO)
    write_run(tmp_path, seed=1, **TWO)
    write_run(tmp_path, method="improved", held_out=30, **TWO)
    table = two_class_decisions.decisions_table(read_groups(read_sweep(tmp_path)))
    assert column(table, "method") == ["baseline", *["improved"] * len(RULES)]


def test_a_share_of_nothing_is_a_dash(tmp_path):
    write_run(tmp_path, untested=(1,), **TWO)
    table = two_class_decisions.decisions_table(read_groups(read_sweep(tmp_path)))
    assert column(table, "sensitivity %") == ["–"]
