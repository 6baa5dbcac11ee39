import shutil

import numpy as np
import pytest
from PIL import Image

from ltlight.data.image_set import ImageSet
from ltlight.data.sources.folder_tree import find_splits, folder, idc
from ltlight.errors import UserError
from tests.conftest import write_tree
from tests.data.sources.messy import SAID, messy_tree
from tests.parts import train_and_test, tree_config


def test_tree_gives_the_very_pixels_and_labels(tmp_path, digit_tree, digit_sets):
    train, test = train_and_test(folder(tree_config(tmp_path, digit_tree)))
    assert (len(train), len(test)) == (120, 60)
    assert train.class_names == tuple("0123456789")
    for c in range(10):
        original = digit_sets[0].images[digit_sets[0].labels == c][:12]
        np.testing.assert_array_equal(train.images[train.labels == c], original)
    assert train.files[:2].tolist() == ["train/0/000.png", "train/0/001.png"]


def test_tree_without_test_set_is_one_split(tmp_path, digit_sets):
    root = write_tree(tmp_path / "all", digit_sets[0], 12)
    found = folder(tree_config(tmp_path, root))
    assert found.test is found.val is None
    assert found.train.class_counts.tolist() == [12] * 10


def test_class_folders_may_be_nested_and_hidden_ones_are_passed_over(tmp_path, digit_tree):
    before = find_splits(digit_tree)["train"]
    for odd in (digit_tree / "train" / "0" / "deeper", digit_tree / "train" / ".cache"):
        odd.mkdir()
        Image.new("RGB", (8, 8)).save(odd / "x.png")
    after = find_splits(digit_tree)["train"]
    assert set(after.files) - set(before.files) == {"train/0/deeper/x.png"}
    assert np.bincount(after.labels).tolist() == [13] + [12] * 9


def test_pictures_of_other_sizes_and_modes_become_square_rgb(tmp_path):
    noise = np.random.default_rng(0)
    grey = noise.integers(0, 256, (20, 40), dtype=np.uint8)
    clear = noise.integers(0, 256, (64, 64, 4), dtype=np.uint8)
    for split in ("train", "test"):
        for name, pixels in (("a", grey), ("b", clear)):
            (tmp_path / "mixed" / split / name).mkdir(parents=True)
            Image.fromarray(pixels).save(tmp_path / "mixed" / split / name / "x.png")
    train, _ = train_and_test(folder(tree_config(tmp_path, tmp_path / "mixed", image_size=24)))
    assert train.images.shape == (2, 3, 24, 24)
    small = Image.fromarray(grey).resize((24, 24), Image.Resampling.BILINEAR)
    assert np.abs(train.images[0].astype(int) - np.asarray(small)).max() <= 1


def test_patients_are_chosen_by_name(tmp_path, digit_sets):
    zeros_and_ones = digit_sets[0].subset(np.flatnonzero(digit_sets[0].labels < 2))
    binary = ImageSet(zeros_and_ones.images, zeros_and_ones.labels, ("0", "1"))
    for patient, n in (("101", 5), ("102", 3), ("103", 2)):
        write_tree(tmp_path / "idc" / patient, binary, n)
    chosen = {"train_patients": ["101", "102"], "test_patients": ["103"]}
    train, test = train_and_test(idc(tree_config(tmp_path, tmp_path / "idc", **chosen)))
    assert train.class_names == ("IDC(-)", "IDC(+)")
    assert train.class_counts.tolist() == [8, 8]
    assert test.class_counts.tolist() == [2, 2]


def test_absent_patient_is_named(tmp_path, digit_tree):
    data = tree_config(tmp_path, digit_tree / "train", train_patients=["10254"])
    with pytest.raises(UserError, match="no patient 10254"):
        idc(data)


def test_real_idc_has_the_reports_counts(tmp_path, idc_root):
    train, test = train_and_test(idc(tree_config(tmp_path, idc_root, image_size=50)))
    assert train.images.shape == (848, 3, 50, 50)
    assert train.class_counts.tolist() == [772, 76]
    assert test.class_counts.tolist() == [479, 70]
    assert train.groups is None  # of one patient
    assert set(test.groups) == {"10253"}


def test_names_of_the_archive_tell_the_patients(tmp_path, digit_sets):
    for split, patients in (("train", ("101", "102")), ("test", ("103",))):
        for label in ("0", "1"):
            folder = tmp_path / "idc" / split / label
            folder.mkdir(parents=True)
            for number, patient in enumerate(patients):
                name = f"{patient}_idx5_x{number}_y1_class{label}.png"
                Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / name)
    train, test = train_and_test(idc(tree_config(tmp_path, tmp_path / "idc")))
    assert sorted(train.groups) == ["101", "101", "102", "102"]
    assert set(test.groups) == {"103"}
    grouped = tree_config(tmp_path, tmp_path / "idc", group="(class.)")
    assert set(idc(grouped).test.groups) == {"class0", "class1"}


BAD_ROOTS = {
    "absent": ("nowhere", "is not a folder"),
    "empty": ("empty", "holds no images"),
    "one class": ("single", "holds one class"),
    "untrained": ("half", r"has test/ but no train/"),
    "differing": ("differing", "the test split has classes that the training lacks: ten:"),
}


@pytest.mark.parametrize("case", BAD_ROOTS)
def test_unusable_roots_are_refused(tmp_path, digit_sets, case):
    few = digit_sets[0]
    (tmp_path / "empty").mkdir()
    write_tree(tmp_path / "half" / "test", few, 2)
    write_tree(tmp_path / "differing" / "train", few, 2)
    write_tree(tmp_path / "differing" / "test", few, 2)
    (tmp_path / "single").mkdir()
    (tmp_path / "differing" / "train" / "0").rename(tmp_path / "single" / "0")
    (tmp_path / "differing" / "test" / "0").rename(tmp_path / "differing" / "test" / "ten")
    root, message = BAD_ROOTS[case]
    with pytest.raises(UserError, match=message):
        folder(tree_config(tmp_path, tmp_path / root))


def test_a_root_that_is_not_set_is_asked_for(tmp_path):
    data = tree_config(tmp_path, tmp_path)
    data.root = None
    with pytest.raises(UserError, match=r"data\.root is not set.*data=folder"):
        folder(data)


def test_a_messy_folder_is_read_and_said_once(tmp_path, digit_sets, caplog):
    root = messy_tree(tmp_path / "messy", digit_sets[0])
    found = folder(tree_config(tmp_path, root)).train
    clean = write_tree(tmp_path / "clean", digit_sets[0], 12)
    expected = folder(tree_config(tmp_path, clean)).train
    np.testing.assert_array_equal(found.images, expected.images)
    assert found.class_counts.tolist() == [12] * 10
    assert found.files.tolist() == expected.files.tolist()
    [said] = [r.getMessage() for r in caplog.records if "passed over" in r.getMessage()]
    assert said == f"{root}: passed over: {', '.join(SAID)}"


def test_val_is_the_held_out_split_and_a_class_may_lack_test_images(tmp_path, digit_sets, caplog):
    train, test = digit_sets
    root = write_tree(tmp_path / "all" / "Training", train, 4).parent
    write_tree(root / "valid", test, 2)
    write_tree(root / "TEST", test, 3)
    shutil.rmtree(root / "TEST" / "7")
    shutil.rmtree(root / "valid" / "3")
    found = folder(tree_config(tmp_path, root))
    for part, images, n, empty in (
        (found.train, train, 4, ()),
        (found.val, test, 2, (3,)),
        (found.test, test, 3, (7,)),
    ):
        assert part.class_names == tuple("0123456789")
        assert part.class_counts.tolist() == [0 if c in empty else n for c in range(10)]
        for c in set(range(10)) - set(empty):
            expected = images.images[images.labels == c][:n]
            np.testing.assert_array_equal(part.images[part.labels == c], expected)
    assert caplog.text.count("1 of 10 classes have no image in the val split") == 1
    assert found.test.files[0] == "TEST/0/000.png"


def test_a_class_of_val_that_the_training_lacks_is_named(tmp_path, digit_sets):
    root = write_tree(tmp_path / "all" / "train", digit_sets[0], 2).parent
    write_tree(root / "val", digit_sets[1], 1)
    (root / "val" / "3").rename(root / "val" / "thirty")
    with pytest.raises(UserError, match=r"the val split has classes .* lacks: thirty"):
        folder(tree_config(tmp_path, root))


def test_groups_are_of_the_path(tmp_path, digit_tree):
    data = tree_config(tmp_path, digit_tree, group=r"/(\d\d)\d\.png")
    train, test = train_and_test(folder(data))
    assert train.groups.tolist() == [f"{n:03d}"[:2] for _ in range(10) for n in range(12)]
    assert set(test.groups) == {"00"}
    data = tree_config(tmp_path, digit_tree, group=r"/(01\d)\.png")
    with pytest.raises(UserError, match=r"finds no group in train/0/000\.png"):
        folder(data)


def test_patients_with_classes_are_classes_with_groups(tmp_path, digit_sets):
    for patient in ("ann", "bob", "eve"):
        write_tree(tmp_path / "all" / patient, digit_sets[0], 2)
    with pytest.raises(UserError, match="as of patients and classes"):
        folder(tree_config(tmp_path, tmp_path / "all"))
    found = folder(tree_config(tmp_path, tmp_path / "all", group="^([^/]+)/")).train
    assert found.class_names == tuple("0123456789")
    assert found.class_counts.tolist() == [6] * 10
    assert found.groups[:6].tolist() == ["ann", "ann", "bob", "bob", "eve", "eve"]


def test_bad_files_that_are_passed_over_leave_the_rest_in_step(tmp_path, digit_tree):
    whole = folder(tree_config(tmp_path, digit_tree))
    (digit_tree / "train" / "3" / "001.png").write_text("no")
    (digit_tree / "test" / "5" / "000.png").write_text("no")
    found = folder(tree_config(tmp_path, digit_tree, on_bad_file="skip", group=r"(\d+)\.png"))
    for part, before, lost in (
        (found.train, whole.train, 3 * 12 + 1),
        (found.test, whole.test, 5 * 6),
    ):
        np.testing.assert_array_equal(part.images, np.delete(before.images, lost, 0))
        assert part.files.tolist() == np.delete(before.files, lost).tolist()
        assert part.labels.tolist() == np.delete(before.labels, lost).tolist()
        assert part.groups.tolist() == [file[-7:-4] for file in part.files]
