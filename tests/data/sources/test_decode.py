import shutil

import numpy as np
import pytest
from PIL import Image

from ltlight.data.sources import decode as module
from ltlight.data.sources.decode import decode
from ltlight.data.sources.folder_tree import find_splits
from ltlight.data.sources.picture import Preprocessing
from ltlight.errors import UserError


def listing(root):
    return find_splits(root, None)[0]


def spoil(root):
    """Truncate one picture and put text into another."""
    truncated, text = root / "train" / "3" / "001.png", root / "train" / "7" / "002.png"
    truncated.write_bytes(truncated.read_bytes()[:60])
    text.write_text("not a picture")
    return truncated, text


def test_second_reading_comes_from_the_cache(tmp_path, digit_tree, monkeypatch):
    first, *_ = decode(listing(digit_tree), Preprocessing(32), tmp_path, skip_bad=False)
    monkeypatch.setattr(module, "_decode_all", lambda *a: pytest.fail("decoded again"))
    second, labels, _ = decode(listing(digit_tree), Preprocessing(32), tmp_path, skip_bad=False)
    np.testing.assert_array_equal(first, second)
    assert len(labels) == 120


def test_changed_file_is_decoded_anew(tmp_path, digit_tree):
    before, *_ = decode(listing(digit_tree), Preprocessing(32), tmp_path, skip_bad=False)
    Image.new("RGB", (32, 32), (9, 8, 7)).save(digit_tree / "train" / "0" / "000.png")
    after, *_ = decode(listing(digit_tree), Preprocessing(32), tmp_path, skip_bad=False)
    assert (after[0] == np.array([9, 8, 7])[:, None, None]).all()
    np.testing.assert_array_equal(before[1:], after[1:])


def test_several_processes_give_the_same(tmp_path, digit_tree, monkeypatch):
    alone, *_ = decode(listing(digit_tree), Preprocessing(32), tmp_path / "a", skip_bad=False)
    monkeypatch.setattr(module, "POOL_FROM", 1)
    monkeypatch.setattr(module, "CHUNK", 50)
    together, *_ = decode(listing(digit_tree), Preprocessing(32), tmp_path / "b", skip_bad=False)
    np.testing.assert_array_equal(alone, together)


def test_every_bad_file_is_named(tmp_path, digit_tree):
    truncated, text = spoil(digit_tree)
    with pytest.raises(UserError, match=r"2 of 120 .*on_bad_file=skip") as caught:
        decode(listing(digit_tree), Preprocessing(32), tmp_path, skip_bad=False)
    assert str(truncated) in str(caught.value)
    assert str(text) in str(caught.value)


def test_bad_files_can_be_passed_over(tmp_path, digit_tree, caplog):
    good, *_ = decode(listing(digit_tree), Preprocessing(32), tmp_path, skip_bad=False)
    rows = np.delete(np.arange(120), [3 * 12 + 1, 7 * 12 + 2])
    truncated, _ = spoil(digit_tree)
    for _ in range(2):  # decoded, then from the cache
        caplog.clear()
        images, labels, read = decode(
            listing(digit_tree), Preprocessing(32), tmp_path, skip_bad=True
        )
        np.testing.assert_array_equal(np.flatnonzero(read), rows)
        np.testing.assert_array_equal(images, good[rows])
        assert np.bincount(labels).tolist() == [12, 12, 12, 11, 12, 12, 12, 11, 12, 12]
        assert str(truncated) in caplog.text


def test_nothing_readable_is_an_error_even_when_skipping(tmp_path, digit_tree):
    for file in (digit_tree / "train").rglob("*.png"):
        file.write_text("no")
    shutil.rmtree(digit_tree / "test")
    shutil.copytree(digit_tree / "train", digit_tree / "test")
    with pytest.raises(UserError, match="120 of 120"):
        decode(listing(digit_tree), Preprocessing(32), tmp_path, skip_bad=True)
