"""A damaged cache of decoded images is found, said in a line, and decoded anew."""

import json
import os

import numpy as np
import pytest

from ltlight.data import checksums
from ltlight.data.sources import decode as module
from ltlight.lock import locked
from tests.data.sources.test_decode import decoded, spoil


@pytest.fixture
def cache(tmp_path, digit_tree, monkeypatch):
    """The cache of the digits, as another process than the one that made it sees it."""
    monkeypatch.setattr(checksums, "_sound", set())
    decoded(digit_tree, tmp_path / "cache")
    checksums._sound.clear()
    return tmp_path / "cache"


def entry_of(cache, suffix=".npy"):
    (found,) = (cache / "trees").glob(f"*{suffix}")
    return found


def assert_made_anew(digit_tree, cache, caplog, whole) -> None:
    caplog.clear()
    images, read = decoded(digit_tree, cache)
    np.testing.assert_array_equal(images, whole)
    assert read.all()
    assert len(caplog.records) == 1
    assert "is damaged" in caplog.text
    assert "decoded anew" in caplog.text
    caplog.clear()
    decoded(digit_tree, cache)
    assert not caplog.records


def damage(cache, how: str) -> None:
    array, bad = entry_of(cache), entry_of(cache, ".bad.json")
    content = bytearray(array.read_bytes())
    if how == "a byte":
        content[len(content) // 2] ^= 1
        array.write_bytes(content)
    elif how == "half":
        array.write_bytes(content[: len(content) // 2])
    elif how == "zeros":
        array.write_bytes(bytes(len(content)))
    elif how == "empty":
        array.write_bytes(b"")
    elif how == "garbage":
        array.write_bytes(os.urandom(1000))
    elif how == "rows missing":
        np.save(array, np.load(array)[:-1])
    elif how == "bad files changed":
        bad.write_text('[[3, "no picture"]]')
    elif how == "bad files garbage":
        bad.write_text("[")
    elif how == "no sums":
        entry_of(cache, ".sums.json").write_text("")


@pytest.mark.parametrize(
    "how",
    [
        *("a byte", "half", "zeros", "empty", "garbage", "rows missing"),
        *("bad files changed", "bad files garbage", "no sums"),
    ],
)
def test_damage_is_said_and_made_good(cache, digit_tree, caplog, how):
    whole = np.load(entry_of(cache))
    damage(cache, how)
    assert_made_anew(digit_tree, cache, caplog, whole)


@pytest.mark.parametrize("how", ["half", "empty", "garbage", "rows missing", "bad files garbage"])
def test_so_it_is_where_there_are_no_checksums_yet(cache, digit_tree, caplog, how):
    whole = np.load(entry_of(cache))
    entry_of(cache, ".sums.json").unlink()
    damage(cache, how)
    assert_made_anew(digit_tree, cache, caplog, whole)


def test_one_of_before_there_were_checksums_gets_them(cache, digit_tree, caplog, monkeypatch):
    entry_of(cache, ".sums.json").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(module, "_decode_all", lambda *a: pytest.fail("decoded again"))
        decoded(digit_tree, cache)
    assert not caplog.records
    assert set(json.loads(entry_of(cache, ".sums.json").read_text())) == {"block", "crc32"}


def test_half_made_ones_of_killed_processes_are_cleared(tmp_path, digit_tree):
    folder = tmp_path / "cache" / "trees"
    folder.mkdir(parents=True)
    (folder / "dead.123.tmp").write_bytes(b"x")
    (folder / "made.124.tmp").write_bytes(b"x")
    with locked(folder / "made.lock", "another", wait=False):
        decoded(digit_tree, tmp_path / "cache")
    assert [file.name for file in folder.glob("*.tmp")] == ["made.124.tmp"]
    assert spoil(digit_tree)
    decoded(digit_tree, tmp_path / "cache", skip_bad=True)
    assert not list(folder.glob("*.tmp"))
