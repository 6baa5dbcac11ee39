"""Learning curves as a run that was interrupted and resumed leaves them."""

import subprocess
import sys

import pytest

from ltlight.runs.curves import read_curves
from ltlight.runs.run_folder import RunFolder


def read(folder, text: str):
    (folder / "curves.jsonl").write_text(text)
    return read_curves(RunFolder(folder))


def test_the_last_line_of_an_epoch_wins_and_torn_lines_are_skipped(tmp_path):
    torn = (
        '{"epoch": 1, "a": 3.0}\n{"epoch": 2, "a": 2.0}\n{"epo{"epoch": 2, "a": 9}\n'
        '{"epoch": 2, "a": 1.5}\n{"epoch": 3, "b": 1}\n[1]\n{"epoch": 4, "a"'
    )
    assert read(tmp_path, torn) == {1: {"a": 3.0}, 2: {"a": 1.5}, 3: {"b": 1}}


def test_lines_of_an_epoch_are_joined_and_epochs_ascend(tmp_path):
    """Training and validation log lines of their own; a resumed run may log an old epoch last."""
    text = '{"epoch": 2, "a": 1}\n{"epoch": 2, "b": 2}\n{"epoch": 1, "a": 5}\n'
    found = read(tmp_path, text)
    assert found == {1: {"a": 5}, 2: {"a": 1, "b": 2}}
    assert list(found) == [1, 2]


@pytest.mark.parametrize(
    "line", ['{"a": 1}', '{"epoch": null, "a": 1}', '{"epoch": "x", "a": 1}', "7", "null", ""]
)
def test_a_line_without_an_epoch_says_nothing(tmp_path, line):
    assert read(tmp_path, line + '\n{"epoch": 1, "a": 1}\n') == {1: {"a": 1}}


def test_what_is_no_number_is_left_out(tmp_path):
    assert read(tmp_path, '{"epoch": 1, "a": "high", "b": null, "c": 0.5}\n') == {1: {"c": 0.5}}


def test_a_run_without_curves_has_empty_ones(tmp_path):
    assert read_curves(RunFolder(tmp_path)) == {}


def test_reading_needs_no_torch():
    check = "import ltlight.runs.curves, sys; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0
