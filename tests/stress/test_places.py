"""Where the signals of `tests.stress.places` come."""

import sys
from pathlib import Path

import pytest

from ltlight.interruption import Interrupted, heeding
from tests.stress.places import SEES_LESS, Tracer

pytestmark = pytest.mark.skipif(sys.version_info >= SEES_LESS, reason="Python traces less")


def lengths(words: list[str]) -> list[int]:
    found = []
    for word in words:
        found.append(len(word))
    return found


def traced(number: int, told: Path) -> list[str]:
    """The places of `lengths`, of which one gets a signal."""
    before = sys.gettrace()
    try:
        Tracer((Path(__file__).name,), number, told).start()
        with heeding("all is kept"):
            lengths(["a", "bc"])
    finally:
        sys.settrace(before)
    return told.read_text().splitlines()


def test_places_are_the_begin_each_call_and_each_loop(tmp_path):
    lines = [place.split(" ")[0].rpartition(":")[2] for place in traced(0, tmp_path / "places")]
    first = lengths.__code__.co_firstlineno
    # the begin, where the loop goes back to, and after the calls of len and append
    assert [int(line) - first for line in lines] == [1, 2, 3, 3]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_each_of_them_can_get_a_signal(number, tmp_path):
    with pytest.raises(Interrupted):
        traced(number, tmp_path / "places")
    assert len((tmp_path / "places").read_text().splitlines()) == number
