"""Sentences on tested classes, folds and groups; and that unknown recalls pass through it all."""

import re

import numpy as np
import pytest
from rich.console import Console

from ltlight.report.build import report
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.tested_on import what_was_tested
from tests.report.run_folders import write_panel, write_run


def test_there_is_nothing_to_say_of_most_sweeps(toy):
    assert what_was_tested(toy) == []


def test_classes_without_test_images_are_named(tmp_path):
    write_run(tmp_path, untested=(2, 4))
    [sentence] = what_was_tested(read_sweep(tmp_path))
    assert sentence.startswith("Tested on 3 of 5 classes: class_name_02, class_name_04 have no")


def test_of_several_data_sets_each_is_named(tmp_path):
    write_run(tmp_path, untested=(2,))
    write_run(tmp_path, data="other")
    [sentence] = what_was_tested(read_sweep(tmp_path))
    assert sentence.startswith("toy: tested on 4 of 5 classes: class_name_02 has no test images")


@pytest.mark.parametrize(
    ("groups", "told", "rough"),
    [
        (1, "All test images are of one group (0): nothing is known of others", False),
        (5, "The test images are of 5 groups", True),
        (50, "The test images are of 50 groups", False),
    ],
)
def test_groups_are_told(tmp_path, groups, told, rough):
    write_run(tmp_path, groups=groups)
    [sentence] = what_was_tested(read_sweep(tmp_path))
    assert sentence.startswith(told)
    assert ("rather too narrow" in sentence) == rough


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("ranked", [False, True])
def test_the_whole_report_is_made_of_classes_that_are_not_all_tested(tmp_path, ranked):
    if ranked:
        write_panel(tmp_path / "s", 6, seeds=2, untested=(1, 4))
    else:
        for method in ("baseline", "improved"):
            write_run(tmp_path / "s", method=method, untested=(1, 4))
    sweep = report(tmp_path / "s", Console(quiet=True))
    assert np.isnan(sweep.finished[0].predictions.recalls[[1, 4]]).all()
    for name in ("results.md", "report.md", "report.html"):
        text = (tmp_path / "s" / name).read_text()
        assert "class_name_01, class_name_04 have no test images" in text
        if name != "report.html":
            assert not re.search(r"\bnan\b", text)
