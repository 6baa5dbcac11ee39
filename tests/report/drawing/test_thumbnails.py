"""One small picture of every class."""

import base64
import io

import numpy as np
from PIL import Image

from ltlight.report.drawing import thumbnails as module
from ltlight.report.drawing.thumbnails import SIDE, thumbnails
from ltlight.report.results.group import groups
from ltlight.report.results.sweep import read_sweep
from tests.report.run_folders import write_run


def opened(uri: str) -> np.ndarray:
    file = io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,")))
    return np.asarray(Image.open(file).convert("RGB"))


def test_each_class_has_the_first_of_its_kept_test_images(toy):
    group = groups(toy)[0]
    kept = group.first.folder.pictures()
    labels = group.first.predictions.targets[kept["test_indices"]]
    uris = thumbnails(group)
    assert len(uris) == 5
    for number, uri in zip(group.order, uris, strict=True):
        first = kept["test_images"][labels == number][0]
        assert (opened(uri) == first.transpose(1, 2, 0)).all()


def test_large_pictures_are_made_small_and_classes_without_one_are_empty(tmp_path):
    write_run(tmp_path, side=3 * SIDE, untested=(1,))
    uris = thumbnails(groups(read_sweep(tmp_path))[0])
    assert [bool(uri) for uri in uris] == [True, False, True, True, True]
    assert opened(uris[0]).shape == (SIDE, SIDE, 3)


def test_there_are_none_of_very_many_classes_or_without_pictures(toy, tmp_path, monkeypatch):
    write_run(tmp_path, pictures=False)
    assert thumbnails(groups(read_sweep(tmp_path))[0]) == []
    monkeypatch.setattr(module, "MOST", 4)
    assert thumbnails(groups(toy)[0]) == []
