"""What is damaged in the cache of features is found, said and computed anew, and no more."""

import os

import numpy as np
import pytest

from ltlight.data.features import with_features
from ltlight.data.image_set import ImageSet
from tests.data.test_features import KEY, Embedder
from tests.data.test_features import images as images


@pytest.fixture
def entry(tmp_path, images):
    """The folder of an entry with rows 0 to 9 filled."""
    with_features(images.subset(np.arange(10)), Embedder(), KEY, tmp_path)
    (folder,) = (tmp_path / "features").iterdir()
    return folder


def computed(images: ImageSet, cache, rows=10) -> list[int]:
    """The rows that are asked for again, and that all are right then."""
    embed = Embedder()
    found = with_features(images.subset(np.arange(rows)), embed, KEY, cache)
    wanted = images.store[:rows, :2].mean((2, 3))
    np.testing.assert_allclose(found.images[:, 0], wanted, rtol=1e-3)
    return sorted({row for row, _ in embed.asked})


def flip(file, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def test_a_changed_byte_is_found_and_its_row_computed_anew(tmp_path, images, entry, caplog):
    flip(entry / "features.npy", 128 + 3 * 2 * 2 * 2)
    assert computed(images, tmp_path) == [3]
    assert "1 rows of" in caplog.text
    assert computed(images, tmp_path) == []


def test_a_row_that_is_marked_and_was_not_computed_is_found(tmp_path, images, entry):
    flip(entry / "done.npy", 128 + 12)
    assert computed(images, tmp_path, rows=15) == [10, 11, 12, 13, 14]


@pytest.mark.parametrize("name", ["features.npy", "done.npy", "crc32.npy"])
@pytest.mark.parametrize("content", [b"", b"garbage", b"\x93NUMPY\x01\x00"])
def test_an_array_that_is_none_is_made_anew(tmp_path, images, entry, caplog, name, content):
    (entry / name).write_bytes(content)
    assert computed(images, tmp_path) == list(range(10))
    assert f"{entry} is damaged: its features are computed anew" in caplog.text


def test_one_cut_short_is_made_anew(tmp_path, images, entry):
    os.truncate(entry / "features.npy", 200)
    assert computed(images, tmp_path) == list(range(10))


def test_one_of_before_there_were_checksums_is_taken(tmp_path, images, entry):
    (entry / "crc32.npy").unlink()
    assert computed(images, tmp_path) == []
    flip(entry / "features.npy", 128)
    assert computed(images, tmp_path) == [0]


def test_a_full_cache_is_only_read(tmp_path, images, entry):
    times = {file.name: file.stat().st_mtime_ns for file in entry.iterdir()}
    assert computed(images, tmp_path) == []
    assert times == {file.name: file.stat().st_mtime_ns for file in entry.iterdir()}
