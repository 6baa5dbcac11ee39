"""The line on how far a sweep is."""

import logging
import os
import subprocess
import sys
from itertools import count as count_up
from pathlib import Path
from types import SimpleNamespace

import pytest

from ltlight import sweep_progress
from ltlight.sweep_progress import VARIABLE, begin, count, duration, end, progress


@pytest.fixture
def said(monkeypatch, caplog):
    """A function to what was said of a sweep of four members, each of which takes a minute."""
    minutes = count_up(1)
    monkeypatch.setenv(VARIABLE, "")  # put back afterwards
    monkeypatch.setattr(sweep_progress, "time", SimpleNamespace(time=lambda: 60 * next(minutes)))
    begin(4)
    with caplog.at_level(logging.INFO, logger="ltlight"):
        yield lambda: caplog.messages
    end()


def test_every_member_says_how_many_are_done_and_what_is_left(said):
    for _ in range(4):
        count()
    assert said() == [
        "1 of 4, about 3 min to go",
        "2 of 4, about 2 min to go",
        "3 of 4, about 60 s to go",
        "4 of 4, in 4 min",
    ]


def test_members_that_were_finished_before_are_counted_and_took_no_time(said):
    count(found=True)
    count(found=True)
    assert said() == []
    count()
    assert said() == ["3 of 4, about 60 s to go"]


def test_members_that_are_trained_together_are_a_line(said):
    count(3)
    assert said() == ["3 of 4, about 20 s to go"]


def test_members_in_other_processes_count(said):
    code = "import logging; logging.basicConfig(level='INFO'); "
    code += "from ltlight.sweep_progress import count; count()"
    others = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [other.communicate()[1] for other in others]
    assert sum("3 of 4" in text for text in told) >= 1
    count()
    assert said()[0].startswith("4 of 4, in ")


def test_nothing_is_said_outside_of_a_sweep_or_by_another_rank(said, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    count()
    monkeypatch.delenv("RANK")
    file = Path(os.environ[VARIABLE].rsplit(":", 2)[0])
    assert file.read_bytes() == b""
    end()
    assert not file.exists()
    count()
    end()
    assert said() == []


def test_a_process_that_does_not_see_the_file_says_nothing(said, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"{tmp_path / 'elsewhere'}:1000.0:4")
    count()
    assert said() == []
    assert not (tmp_path / "elsewhere").exists()


def test_of_a_sweep_whose_size_is_unknown_what_is_done_is_said():
    assert progress(2, 1, 0, 90) == "3 done in 90 s"


def test_times_are_told_as_people_do():
    told = [duration(s) for s in (0.4, 99, 100, 143, 5900, 6000, 9000, 36000, 90000)]
    assert told == ["0 s", "99 s", "2 min", "2 min", "98 min", "1.7 h", "2.5 h", "10 h", "25 h"]
