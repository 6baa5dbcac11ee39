"""The section of two-class data."""

from ltlight.report.document.blocks import Charts, Heading, TableBlock, Text
from ltlight.report.drawing.palette import looks
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections import two_class_decisions, two_classes
from tests.report.run_folders import write_run

TWO = {"num_classes": 2, "pictures": False, "skill": 1.0}


def test_more_classes_have_none(toy):
    assert two_classes.two_classes_section(toy, looks(["baseline"])) is None


def test_the_section_has_curves_areas_and_counts(tmp_path):
    for method in ("baseline", "improved", "sampler"):
        write_run(tmp_path, method=method, held_out=30, **TWO)
    sweep = read_sweep(tmp_path)
    told = Text("Of 3 methods: baseline, improved.", "note")
    section = two_classes.two_classes_section(sweep, looks(["baseline", "improved"]), [told])
    note, charts, areas, _, heading, counts, _ = section.blocks
    assert note == told
    assert isinstance(charts, Charts)
    named = {t.name for panel in charts.panels for t in panel.figure.data if t.name}
    assert named == {"baseline", "improved"}  # those that have a look
    assert areas.table.header[0] == "ratio"  # without the one data set's name
    assert len(areas.table.rows) == 3
    assert heading == Heading(two_class_decisions.TITLE)
    assert isinstance(counts, TableBlock)
    assert counts.folded == "12 rows of counts"


def test_one_class_alone_in_the_test_has_no_figure(tmp_path):
    write_run(tmp_path, untested=(1,), **TWO)
    section = two_classes.two_classes_section(read_sweep(tmp_path), looks(["baseline"]))
    assert not any(isinstance(block, Charts) for block in section.blocks)
