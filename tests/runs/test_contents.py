import json

import numpy as np
import pytest

from ltlight.errors import UserError
from ltlight.runs import contents

LOGITS = np.eye(3, dtype=np.float32)


def saved(tmp_path, **arrays):
    file = tmp_path / "predictions.npz"
    np.savez(file, **{"targets": np.arange(3), "class_counts": np.array([5, 3, 1]), **arrays})
    return file


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (json.dumps({"format": 0}), "of run folder format 0, this version reads 1"),
        ("[]", "of run folder format None"),
        ('{"format": 1, "test/acc', "can't be read"),
    ],
)
def test_metrics_of_another_format_and_damaged_ones_are_told(tmp_path, text, told):
    file = tmp_path / "metrics.json"
    file.write_text(text)
    with pytest.raises(UserError, match=rf"metrics\.json .*{told}.*overwrite=true"):
        contents.metrics(file)


def test_a_configuration_is_a_tree_of_keys(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("data: {ratio: 0.1}\nseed: 0\n")
    assert contents.config(file) == {"data": {"ratio": 0.1}, "seed": 0}
    file.write_text("just words")
    with pytest.raises(UserError, match=r"config\.yaml holds no configuration"):
        contents.config(file)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_predictions_are_read_as_they_were_written(tmp_path, dtype):
    arrays = contents.predictions(saved(tmp_path, logits=LOGITS.astype(dtype)))
    assert arrays["logits"].dtype == dtype
    np.testing.assert_array_equal(arrays["logits"], LOGITS)
    assert arrays["class_counts"].tolist() == [5, 3, 1]


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({}, "logits"),
        ({"logits": LOGITS[:2]}, r"logits \(2, 3\) for 3 test images"),
        ({"logits": LOGITS[:, :2]}, r"logits \(3, 2\) for 3 test images"),
        ({"logits": LOGITS[:0], "targets": np.arange(0)}, "for 0 test images"),
        ({"logits": LOGITS, "files": np.array(["a"])}, r"files \(1,\) for 3 test images"),
        ({"logits": LOGITS, "groups": np.array(["a", "b"])}, r"groups \(2,\) for 3 test images"),
        ({"logits": LOGITS.astype(object)}, "it holds no arrays"),
    ],
)
def test_predictions_that_do_not_fit_each_other_are_told(tmp_path, arrays, told):
    file = saved(tmp_path, **arrays)
    with pytest.raises(UserError, match=rf"predictions\.npz can't be read \(.*{told}.*overwrite"):
        contents.predictions(file)


def test_a_flipped_byte_in_the_predictions_is_found(tmp_path):
    file = saved(tmp_path, logits=LOGITS)
    content = bytearray(file.read_bytes())
    content[content.index(b"logits.npy") + 40] ^= 1
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"predictions\.npz can't be read"):
        contents.predictions(file)


def test_pictures_that_cannot_be_read_are_said_to_be_left_out(tmp_path, caplog):
    file = tmp_path / "pictures.npz"
    assert contents.pictures(file) is None
    assert not caplog.text
    np.savez(file, test_images=np.zeros((1, 3, 2, 2), np.uint8))
    assert contents.pictures(file)["test_images"].shape == (1, 3, 2, 2)
    file.write_bytes(b"PK")
    assert contents.pictures(file) is None
    assert "pictures.npz can't be read" in caplog.text
