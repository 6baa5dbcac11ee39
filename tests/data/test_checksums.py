import zlib

import pytest

from ltlight.data import checksums as module
from ltlight.data.checksums import checksums, damaged, write_checksums


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """Two files of several blocks and their sums."""
    monkeypatch.setattr(module, "BLOCK", 1000)
    monkeypatch.setattr(module, "_sound", set())
    files = [tmp_path / "a", tmp_path / "b"]
    for number, file in enumerate(files):
        file.write_bytes(bytes([number + 1]) * 2500)
    write_checksums(files, tmp_path / "sums")
    module._sound.clear()  # as another process sees them
    return files, tmp_path / "sums"


def test_sums_are_of_the_blocks(noted):
    (first, _), _ = noted
    parts = [first.read_bytes()[:1000], first.read_bytes()[1000:2000], first.read_bytes()[2000:]]
    assert checksums(first) == [zlib.crc32(part) for part in parts]


def test_whole_files_pass_and_are_compared_once(noted, monkeypatch):
    assert damaged(*noted) == []
    monkeypatch.setattr(module, "checksums", lambda file: pytest.fail("compared again"))
    assert damaged(*noted) == []


@pytest.mark.parametrize("place", [0, 999, 1000, 2499])
def test_a_changed_byte_is_found(noted, place):
    (first, _), _ = noted
    content = bytearray(first.read_bytes())
    content[place] ^= 128
    first.write_bytes(content)
    assert damaged(*noted) == ["1 of 3 blocks of a differ"]


def test_one_cut_short_or_unknown_is_found(noted):
    (first, second), sums = noted
    first.write_bytes(first.read_bytes()[:2000])
    assert damaged(*noted) == ["a is cut short or isn't the file that was written"]
    first.write_bytes(b"")
    other = second.rename(second.with_name("c"))
    assert len(damaged([first, other], sums)) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"crc32": {}}', "\0"])
def test_damaged_sums_prove_nothing(noted, content):
    _, sums = noted
    sums.write_text(content)
    assert damaged(*noted) == ["sums can't be read"]
