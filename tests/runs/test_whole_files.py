import numpy as np
import pytest

from ltlight.runs.whole_files import replaced, write_arrays, write_text


def test_what_fails_leaves_the_old_file_and_no_half_one(tmp_path):
    file = tmp_path / "a.txt"
    write_text(file, "old")

    def fail_half_way() -> None:
        with replaced(file, tmp_path / "a.txt.tmp") as partial:
            partial.write_text("ne")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        fail_half_way()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_texts_and_arrays_are_read_back(tmp_path):
    write_text(tmp_path / "a.txt", "ü\udcff", errors="surrogateescape")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xbc\xff"
    write_arrays(tmp_path / "a.npz", {"x": np.arange(3)})
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["x"].tolist() == [0, 1, 2]
    assert len(list(tmp_path.iterdir())) == 2
