import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ltlight.data.sources import decode as module
from ltlight.data.sources.decode import decode
from ltlight.data.sources.folder_tree import find_splits
from ltlight.data.sources.picture import Preprocessing
from ltlight.errors import UserError


def decoded(root, cache, *, side=32, skip_bad=False):
    """The training images of a tree, and which were read."""
    listing = find_splits(root)["train"]
    files = [str(root / file) for file in listing.files]
    return decode(files, listing.stamps, Preprocessing(side), cache, skip_bad=skip_bad)


def spoil(root):
    """Truncate one picture and put text into another."""
    truncated, text = root / "train" / "3" / "001.png", root / "train" / "7" / "002.png"
    truncated.write_bytes(truncated.read_bytes()[:60])
    text.write_text("not a picture")
    return truncated, text


def test_second_reading_comes_from_the_cache(tmp_path, digit_tree, monkeypatch):
    first, *_ = decoded(digit_tree, tmp_path)
    monkeypatch.setattr(module, "_decode_all", lambda *a: pytest.fail("decoded again"))
    second, read = decoded(digit_tree, tmp_path)
    np.testing.assert_array_equal(first, second)
    assert read.tolist() == [True] * 120


def test_changed_file_is_decoded_anew(tmp_path, digit_tree):
    before, *_ = decoded(digit_tree, tmp_path)
    Image.new("RGB", (32, 32), (9, 8, 7)).save(digit_tree / "train" / "0" / "000.png")
    after, *_ = decoded(digit_tree, tmp_path)
    assert (after[0] == np.array([9, 8, 7])[:, None, None]).all()
    np.testing.assert_array_equal(before[1:], after[1:])


def test_several_processes_give_the_same(tmp_path, digit_tree, monkeypatch):
    alone, *_ = decoded(digit_tree, tmp_path / "a")
    monkeypatch.setattr(module, "POOL_FROM", 1)
    monkeypatch.setattr(module, "CHUNK", 50)
    together, *_ = decoded(digit_tree, tmp_path / "b")
    np.testing.assert_array_equal(alone, together)


def test_every_bad_file_is_named(tmp_path, digit_tree):
    truncated, text = spoil(digit_tree)
    with pytest.raises(UserError, match=r"2 of 120 .*on_bad_file=skip") as caught:
        decoded(digit_tree, tmp_path)
    assert str(truncated) in str(caught.value)
    assert str(text) in str(caught.value)


def test_bad_files_can_be_passed_over(tmp_path, digit_tree, caplog):
    good, *_ = decoded(digit_tree, tmp_path)
    rows = np.delete(np.arange(120), [3 * 12 + 1, 7 * 12 + 2])
    truncated, _ = spoil(digit_tree)
    for _ in range(2):  # decoded, then from the cache
        caplog.clear()
        images, read = decoded(digit_tree, tmp_path, skip_bad=True)
        np.testing.assert_array_equal(np.flatnonzero(read), rows)
        np.testing.assert_array_equal(images[read], good[rows])
        assert not images[~read].any()
        assert str(truncated) in caplog.text


def test_nothing_readable_is_an_error_even_when_skipping(tmp_path, digit_tree):
    for file in (digit_tree / "train").rglob("*.png"):
        file.write_text("no")
    shutil.rmtree(digit_tree / "test")
    shutil.copytree(digit_tree / "train", digit_tree / "test")
    with pytest.raises(UserError, match=r"120 of 120 .* and 70 more: mend them, or name other"):
        decoded(digit_tree, tmp_path, skip_bad=True)


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ({}, False),
        ({"image_size": 16}, True),
        ({"resize": "crop"}, True),
        ({"background": "black"}, True),
        ({"max_pixels": 5000}, True),
    ],
)
def test_another_preprocessing_is_decoded_anew(tmp_path, digit_tree, monkeypatch, change, again):
    listing = find_splits(digit_tree)["test"]
    files = [str(digit_tree / file) for file in listing.files]
    decode(files, listing.stamps, Preprocessing(32), tmp_path, skip_bad=False)
    calls, whole = [], module._decode_all
    monkeypatch.setattr(module, "_decode_all", lambda *a: calls.append(a) or whole(*a))
    changed = replace(Preprocessing(32), **change)
    images, _ = decode(files, listing.stamps, changed, tmp_path, skip_bad=False)
    assert bool(calls) == again
    np.testing.assert_array_equal(images[7], changed.read(files[7]))


def test_more_than_the_disk_has_free_is_refused_before_anything_is_written(tmp_path, digit_tree):
    free = shutil.disk_usage(tmp_path).free
    side = int((free / 120 / 3) ** 0.5 * 1.1)
    with pytest.raises(UserError, match=r"of the disk of data\.cache, .* are free: lower"):
        decoded(digit_tree, tmp_path / "cache", side=side)
    assert not (tmp_path / "cache").exists()


def test_more_memory_than_is_free_is_refused(tmp_path, digit_tree, monkeypatch):
    monkeypatch.setattr(module, "free_memory", lambda: 4 * 3 * 32 * 32 - 1)
    monkeypatch.setattr(module.os, "cpu_count", lambda: 2)
    with pytest.raises(UserError, match=r"4 images of 32 x 32 pixels .* of memory"):
        decoded(digit_tree, tmp_path / "cache")
