from dataclasses import replace

import numpy as np

from ltlight.data.split_table import split_rows


def test_every_image_that_is_used_has_its_file_class_split_and_group(digit_sets):
    files = np.array([f"f{n}" for n in range(6)], dtype=object)
    part = replace(digit_sets[0].subset(np.arange(6)), files=files)
    part = replace(part, labels=np.arange(6), groups=np.array([1, 1, 2, 3, 3, 3]))
    train, val, test = (part.subset(np.array(i)) for i in ([4, 0], [2], [3, 1]))
    assert split_rows(train, val, test) == [
        ["f4", "4", "train", "3"],
        ["f0", "0", "train", "1"],
        ["f2", "2", "val", "2"],
        ["f3", "3", "test", "3"],
        ["f1", "1", "test", "1"],
    ]
    without = [replace(images, groups=None) for images in (train, test)]
    rows = split_rows(without[0], None, without[1])
    assert {row[2] for row in rows} == {"train", "test"}
    assert {row[3] for row in rows} == {""}


def test_images_without_files_have_no_table(digit_sets):
    assert split_rows(digit_sets[0], None, digit_sets[1]) is None
