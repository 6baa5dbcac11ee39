import dataclasses

import numpy as np
import pytest
from PIL import Image

from ltlight.config.schema import DataConfig
from ltlight.data.sources import load
from ltlight.data.sources.digits import digits
from ltlight.errors import UserError
from tests.conftest import write_tree


def settings(tmp_path, **changes) -> DataConfig:
    """What `conf/data/base.yaml` says, for a folder of images."""
    base = {
        "name": "folder",
        "source": "folder",
        "cache": str(tmp_path / "cache"),
        "image_size": 32,
        "on_bad_file": "error",
        "test_fraction": 0.25,
    }
    return dataclasses.replace(DataConfig(), **(base | changes))


def test_digits_are_balanced_fixed_and_disjoint(digit_sets):
    train, test = digit_sets
    assert train.images.shape == (1200, 3, 32, 32)
    assert train.images.dtype == np.uint8
    assert train.class_counts.tolist() == [120] * 10
    assert test.class_counts.tolist() == [54] * 10
    assert (train.images[:, 0] == train.images[:, 1]).all()
    again = digits(32)
    np.testing.assert_array_equal(again[1].images, test.images)


def test_tree_gives_the_very_pixels_and_labels(tmp_path, digit_tree, digit_sets):
    train, test = load.load(settings(tmp_path, root=str(digit_tree)))
    assert (len(train), len(test)) == (120, 60)
    assert train.class_names == tuple("0123456789")
    for c in range(10):
        original = digit_sets[0].images[digit_sets[0].labels == c][:12]
        np.testing.assert_array_equal(train.images[train.labels == c], original)


def test_tree_without_test_set_is_split_by_class(tmp_path, digit_sets):
    root = write_tree(tmp_path / "all", digit_sets[0], 12)
    train, test = load.load(settings(tmp_path, root=str(root)))
    assert train.class_counts.tolist() == [9] * 10
    assert test.class_counts.tolist() == [3] * 10


def test_pictures_of_other_sizes_and_modes_become_square_rgb(tmp_path):
    noise = np.random.default_rng(0)
    for split in ("train", "test"):
        for name, mode, shape in (("a", "L", (20, 40)), ("b", "RGBA", (64, 64, 4))):
            (tmp_path / "mixed" / split / name).mkdir(parents=True)
            pixels = noise.integers(0, 256, shape, dtype=np.uint8)
            Image.fromarray(pixels, mode).save(tmp_path / "mixed" / split / name / "x.png")
    train, _ = load.load(settings(tmp_path, root=str(tmp_path / "mixed"), image_size=24))
    assert train.images.shape == (2, 3, 24, 24)


def test_first_classes_keep_the_test_set_in_step(tmp_path, digit_tree):
    train, test = load.load(settings(tmp_path, root=str(digit_tree), first_classes=3))
    assert train.class_names == test.class_names == ("0", "1", "2")
    assert test.labels.max() == 2


def test_patients_are_chosen_by_name(tmp_path, digit_sets):
    from ltlight.data.image_set import ImageSet

    zeros_and_ones = digit_sets[0].subset(np.flatnonzero(digit_sets[0].labels < 2))
    binary = ImageSet(zeros_and_ones.images, zeros_and_ones.labels, ("0", "1"))
    for patient, n in (("101", 5), ("102", 3), ("103", 2)):
        write_tree(tmp_path / "idc" / patient, binary, n)
    chosen = {"train_patients": ["101", "102"], "test_patients": ["103"]}
    data = settings(tmp_path, source="idc", root=str(tmp_path / "idc"), **chosen)
    train, test = load.load(data)
    assert train.class_names == ("IDC(-)", "IDC(+)")
    assert train.class_counts.tolist() == [8, 8]
    assert test.class_counts.tolist() == [2, 2]


def test_real_idc_has_the_reports_counts(tmp_path, idc_root):
    data = settings(tmp_path, source="idc", root=str(idc_root), image_size=50)
    train, test = load.load(data)
    assert train.images.shape == (848, 3, 50, 50)
    assert train.class_counts.tolist() == [772, 76]
    assert test.class_counts.tolist() == [479, 70]


def test_real_cifar50(tmp_path, cifar50_root):
    """Decoded by several processes; mean and deviation are CIFAR's published ones within 0.01."""
    train, test = load.load(settings(tmp_path, source="cifar100", root=str(cifar50_root)))
    assert train.class_counts.tolist() == [500] * 50
    assert test.class_counts.tolist() == [100] * 50
    assert (train.class_names[0], train.class_names[49]) == ("apple", "mountain")
    mean = (train.images / 255).mean(axis=(0, 2, 3))
    np.testing.assert_allclose(mean, [0.5071, 0.4865, 0.4409], atol=0.02)


BAD_ROOTS = {
    "absent": ("nowhere", "is not a folder"),
    "empty": ("empty", "holds no images"),
    "one class": ("single", "holds one class"),
    "half": ("half", "no test/"),
    "differing": ("differing", "differ in 9"),
}


@pytest.mark.parametrize("case", BAD_ROOTS)
def test_unusable_roots_are_refused(tmp_path, digit_sets, case):
    few = digit_sets[0]
    (tmp_path / "empty").mkdir()
    write_tree(tmp_path / "half" / "train", few, 2)
    write_tree(tmp_path / "differing" / "train", few, 2)
    write_tree(tmp_path / "differing" / "test", few, 2)
    (tmp_path / "single").mkdir()
    (tmp_path / "differing" / "train" / "0").rename(tmp_path / "single" / "0")
    (tmp_path / "differing" / "test" / "0").rename(tmp_path / "spare")
    (tmp_path / "differing" / "test" / "9").rename(tmp_path / "nine")
    root, message = BAD_ROOTS[case]
    with pytest.raises(UserError, match=message):
        load.load(settings(tmp_path, root=str(tmp_path / root)))


def test_absent_patient_is_named(tmp_path, digit_tree):
    data = settings(
        tmp_path, source="idc", root=str(digit_tree / "train"), train_patients=["10254"]
    )
    with pytest.raises(UserError, match="no patient 10254"):
        load.load(data)
