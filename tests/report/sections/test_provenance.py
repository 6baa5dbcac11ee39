"""Where the runs come from: those of one origin share a line, every run has its times."""

from dataclasses import replace

import pytest

from ltlight.report.document.blocks import Heading, TableBlock, Text
from ltlight.report.results.sweep import Sweep
from ltlight.report.sections.provenance import provenance_section


def with_metrics(toy, **changed) -> Sweep:
    """The sweep, with some metrics of its last run changed."""
    *others, last = toy.finished
    return Sweep(toy.path, [*others, replace(last, metrics=last.metrics | changed)], [])


def test_runs_of_one_origin_share_a_line(toy):
    section = provenance_section(toy)
    assert [type(block) for block in section.blocks] == [TableBlock, Heading, TableBlock, Text]
    assert section.blocks[0].table.rows == [
        [
            "A",
            "python -m ltlight.train -m",
            "0123456789",
            "a processor, 2 threads",
            "ltlight 0.1.0, torch 2.14.1",
            "8, seeds 0, 1",
        ]
    ]


@pytest.mark.parametrize(
    ("changed", "column", "told"),
    [
        ({"git_commit": "f" * 40 + "+changes"}, 2, "ffffffffff+changes"),
        ({"git_commit": None}, 2, "–"),
        ({"threads": 1}, 3, "a processor, 1 thread"),
        ({"versions": {}}, 4, "–"),
    ],
)
def test_another_origin_has_a_line_of_its_own(toy, changed, column, told):
    made, _, runs, _ = provenance_section(with_metrics(toy, **changed)).blocks
    assert [row[0] for row in made.table.rows] == ["A", "B"]
    assert made.table.rows[1][column] == told
    assert made.table.rows[1][5] == "1, seed 1"
    assert [row[2] for row in runs.table.rows] == ["A"] * 7 + ["B"]


def test_every_run_has_its_times_and_speed(toy):
    runs = provenance_section(with_metrics(toy, images_per_second=None)).blocks[2]
    assert runs.folded == ""
    assert runs.table.rows[0] == [
        "toy, 0.1, baseline",
        "0",
        "A",
        "2026-01-02T03:04",
        "10",
        "1.5",
        "1.5",
        "1.5",
        "1.5",
        "1,234",
    ]
    assert runs.table.rows[-1][-1] == "–"


def test_many_runs_are_folded(panel):
    assert provenance_section(panel).blocks[2].folded == "36 runs"
