import re
import shutil
from pathlib import Path

import pytest

from ltlight.data.sources.layout import class_folders, of_patients, split_folders
from ltlight.data.sources.passed_over import PassedOver
from ltlight.errors import UserError
from tests.conftest import write_tree

RECOGNISED = {
    ("train", "val", "test"): {"train": "train", "val": "val", "test": "test"},
    ("train", "valid", "test"): {"train": "train", "val": "valid", "test": "test"},
    ("train", "valid"): {"train": "train", "val": "valid"},
    ("train", "test"): {"train": "train", "test": "test"},
    ("training", "validation", "testing"): {
        "train": "training",
        "val": "validation",
        "test": "testing",
    },
    ("TRAIN", "Val", "tEst"): {"train": "TRAIN", "val": "Val", "test": "tEst"},
    ("train", "dev"): {"train": "train", "val": "dev"},
    ("train",): {"train": "train"},
    ("cat", "dog"): {},
}


@pytest.mark.parametrize("names", RECOGNISED, ids=" ".join)
def test_splits_are_recognised_in_their_order(tmp_path, names):
    found = split_folders(tmp_path, sorted(names), PassedOver())
    assert found == RECOGNISED[names]
    assert list(found) == [s for s in ("train", "val", "test") if s in found]


REFUSED = {
    ("car", "train", "bus"): r"holds train/ beside car, bus: whether these are splits or classes",
    ("test", "val", "extra"): r"holds test/, val/ beside extra:",
    ("test", "val"): r"has test/, val/ but no train/",
    ("train", "Training"): r"holds train/ and Training/, which both name the train split",
    ("train", "val", "valid"): r"holds val/ and valid/, which both name the val split",
}


@pytest.mark.parametrize("names", REFUSED, ids=" ".join)
def test_what_may_be_splits_or_classes_is_refused(tmp_path, names):
    with pytest.raises(UserError, match=REFUSED[names]):
        split_folders(tmp_path, list(names), PassedOver())


def test_other_folders_beside_two_splits_are_passed_over():
    passed = PassedOver()
    assert split_folders(Path("x"), ["lists", "test", "train"], passed) == {
        "train": "train",
        "test": "test",
    }
    assert str(passed) == "1 folder beside the splits (lists)"


@pytest.fixture
def patients(tmp_path, digit_sets):
    """p0 … p3 with the classes 0, 1, 2 each; the last patient lacks the last class."""
    images = digit_sets[0].subset([i for i in range(1200) if digit_sets[0].labels[i] < 3])
    few = type(images)(images.images, images.labels, ("0", "1", "2"))
    for n in range(4):
        write_tree(tmp_path / "all" / f"p{n}", few, n + 1)
    shutil.rmtree(tmp_path / "all" / "p3" / "2")
    return tmp_path / "all"


def found(root, group, base=None):
    return class_folders(base or root, root, PassedOver(), group)


def test_patients_are_not_taken_for_classes_and_the_advice_works(patients):
    with pytest.raises(UserError, match=r"4 folders \(p0, p1, p2 and 1 more\) that all hold") as e:
        found(patients, None)
    by_patient, other_way, none = re.findall(r"'data\.group=\"(.*?)\"'", str(e.value))
    classes = found(patients, by_patient)
    assert list(classes) == ["0", "1", "2"]
    assert classes["2"] == [str(patients / p / "2") for p in ("p0", "p1", "p2")]
    assert (
        list(found(patients, other_way)) == list(found(patients, none)) == ["p0", "p1", "p2", "p3"]
    )


def test_patients_below_a_split_are_told_too(patients):
    root = patients.parent / "split"
    root.mkdir()
    patients.rename(root / "train")
    with pytest.raises(UserError, match="train holds 4 folders") as e:
        found(root, None, root / "train")
    by_patient, *_ = re.findall(r"'data\.group=\"(.*?)\"'", str(e.value))
    assert list(found(root, by_patient, root / "train")) == ["0", "1", "2"]


def test_a_name_in_the_file_tells_patients_as_well(patients):
    for file in [*patients.rglob("*.png")]:
        file.rename(file.with_name(f"{file.parts[-3]}_{file.name}"))
    assert list(found(patients, r"(p\d)_")) == ["0", "1", "2"]


def test_classes_with_different_folders_in_them_are_classes(tmp_path, digit_sets):
    write_tree(tmp_path, digit_sets[0], 1)
    for c in range(5):
        (tmp_path / str(c) / "front").mkdir()
        (tmp_path / str(c) / "back").mkdir()
    assert list(found(tmp_path, None)) == list("0123456789")


def test_patients_are_merged_by_class(patients):
    classes = of_patients(patients, ["p3", "p1"], PassedOver())
    assert classes["0"] == [str(patients / "p3" / "0"), str(patients / "p1" / "0")]
    assert classes["2"] == [str(patients / "p1" / "2")]


@pytest.mark.parametrize("chosen", [[], ["p1", "p9"]])
def test_absent_patients_are_named(patients, chosen):
    with pytest.raises(UserError, match="has no patient"):
        of_patients(patients, chosen, PassedOver())
