"""The command that rebuilds a report: what it writes, and how it refuses a folder."""

import subprocess
import sys

import pytest

from ltlight.report import __main__ as command
from tests.report.run_folders import write_run


def test_the_command_writes_all_four_files(sweep_folder):
    run = [sys.executable, "-m", "ltlight.report", str(sweep_folder)]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in ("results.md", "results.csv", "report.md", "report.html"):
        assert f"wrote {sweep_folder / name}" in done.stdout
        assert (sweep_folder / name).exists()


def refused(folder, capsys) -> str:
    with pytest.raises(SystemExit) as stopped:
        command.main([str(folder)])
    message = str(stopped.value)
    assert message.startswith("error: ")
    assert "\n" not in message
    assert "Traceback" not in capsys.readouterr().err
    return message


def test_a_folder_that_is_not_there_is_refused(tmp_path, capsys):
    assert "nowhere is not a folder" in refused(tmp_path / "nowhere", capsys)


def test_a_folder_without_runs_is_refused(sweep_folder, capsys):
    run = sweep_folder / "toy/ratio=0.1/method=improved/seed=0"
    assert "holds no runs" in refused(run, capsys)


def test_a_sweep_without_a_finished_run_is_refused(sweep_folder, capsys):
    for file in sweep_folder.glob("**/metrics.json"):
        file.unlink()
    assert "holds no finished run: nothing to draw" in refused(sweep_folder, capsys)


def test_two_test_sets_of_one_name_are_refused(sweep_folder, capsys):
    write_run(sweep_folder, 0.02, "sampler", num_classes=7)
    assert "tested on different images" in refused(sweep_folder, capsys)
