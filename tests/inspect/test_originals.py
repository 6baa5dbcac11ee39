import numpy as np
from PIL import Image

from ltlight.inspect import originals as module
from ltlight.inspect.originals import originals


def test_sizes_modes_and_formats_are_counted(tmp_path):
    Image.new("RGB", (4, 8)).save(tmp_path / "a.png")
    Image.new("L", (6, 2)).save(tmp_path / "b.png")
    Image.new("RGB", (4, 8)).save(tmp_path / "c.jpg")
    (tmp_path / "d.png").write_text("not a picture")
    found = originals(sorted(tmp_path.iterdir()))
    assert (found.looked_at, found.of) == (3, 4)
    assert sorted(zip(found.widths, found.heights, strict=True)) == [(4, 8), (4, 8), (6, 2)]
    assert found.modes == {"RGB": 2, "L": 1}
    assert found.formats == {"PNG": 2, "JPEG": 1}


def test_of_many_files_some_are_looked_at_evenly(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOKED_AT", 3)
    for place in range(9):
        Image.new("L", (place + 1, 1)).save(tmp_path / f"{place}.png")
    found = originals(sorted(tmp_path.iterdir()))
    np.testing.assert_array_equal(found.widths, [1, 5, 9])
    assert (found.looked_at, found.of) == (3, 9)


def test_without_files_nothing_is_known():
    assert originals([]) is None
