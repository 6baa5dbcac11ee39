"""The command on several sweeps, and what it writes."""

import csv

import pytest

from ltlight.report import __main__ as command
from tests.report.across.test_cells import sweep


def test_the_command_ranks_and_writes(tmp_path, capsys):
    folders = [sweep(tmp_path / f"s{i}", f"d{i}") for i in range(4)]
    into = tmp_path / "across"
    command.main([*map(str, folders), "--into", str(into)])
    printed = " ".join(capsys.readouterr().out.split())
    assert "ranks first over 8 cells" in printed
    page = (into / "report.html").read_text()
    assert "With 4 data sets the test can show nothing" in page
    assert "gains_across" in page
    assert (into / "figures/gains_across.png").stat().st_size > 5000
    with (into / "across.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8 * 2
    assert {row["method"] for row in rows} == {"baseline", "improved"}


def test_into_is_of_several_sweeps(tmp_path):
    folder = sweep(tmp_path / "a", "toy", seeds=1)
    with pytest.raises(SystemExit, match="of one sweep the report stands beside its runs"):
        command.main([str(folder), "--into", str(tmp_path / "there")])


def test_a_folder_that_holds_something_else_keeps_it(tmp_path):
    folders = [str(sweep(tmp_path / f"s{i}", f"d{i}", seeds=1)) for i in range(2)]
    mine = tmp_path / "paper" / "figures" / "mine.png"
    mine.parent.mkdir(parents=True)
    mine.touch()
    with pytest.raises(SystemExit, match="holds something else"):
        command.main([*folders, "--into", str(tmp_path / "paper")])
    assert mine.exists()
    for _ in range(2):  # its own folder is written anew
        command.main([*folders, "--into", str(tmp_path / "new")])
