"""Tables of real digits, beside the same pictures as a tree of folders."""

import csv
import os
from dataclasses import replace

import numpy as np
import pytest

from ltlight.data.sources.folder_tree import folder
from ltlight.data.sources.table import sorted_labels, table
from ltlight.errors import UserError
from tests.parts import configured, tree_config


def table_config(cache, root, **changes):
    data = configured("data=table", f"data.root={root}").data
    return replace(data, cache=str(cache), **changes)


def entries(tree):
    """(path below the tree, class, split) of every picture."""
    files = sorted(str(file.relative_to(tree)) for file in tree.rglob("*.png"))
    return [(file, file.split("/")[1], file.split("/")[0]) for file in files]


def written(path, header, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def same(found, expected):
    assert found.class_names == expected.class_names
    assert found.labels.tolist() == expected.labels.tolist()
    assert found.files.tolist() == expected.files.tolist()
    np.testing.assert_array_equal(found.images, expected.images)


@pytest.mark.parametrize("beside", [True, False])
def test_a_table_gives_what_the_tree_gives(tmp_path, digit_tree, beside):
    place = digit_tree if beside else tmp_path
    path = written(place / "t.csv", ("path", "label", "split"), entries(digit_tree))
    images = None if beside else str(digit_tree)
    found = table(table_config(tmp_path, path, images=images))
    expected = folder(tree_config(tmp_path, digit_tree))
    same(found.train, expected.train)
    same(found.test, expected.test)
    assert found.val is found.train.groups is None


def test_words_for_splits_are_those_of_folders(tmp_path, digit_tree):
    words = {"train": "Training", "test": "valid"}
    rows = [(file, label, words[split]) for file, label, split in entries(digit_tree)]
    path = written(digit_tree / "t.csv", ("path", "label", "split"), rows)
    found = table(table_config(tmp_path, path))
    assert len(found.train) == 120
    assert len(found.val) == 60
    assert found.test is None


def test_published_lists_of_train_val_and_test(tmp_path, digit_tree):
    lists = {"root": "LT_train.txt", "val_root": "LT_val.txt", "test_root": "lists/LT_test.txt"}
    (digit_tree / "lists").mkdir()
    parts = {key: [] for key in lists}
    for n, (file, label, split) in enumerate(entries(digit_tree)):
        key = "test_root" if split == "test" else "val_root" if n % 3 == 0 else "root"
        base = "../" if key == "test_root" else ""  # relative to its own list
        parts[key].append(f"{base}{file} {int(label) + 5}\n")
    for key, name in lists.items():
        (digit_tree / name).write_text("".join(parts[key]))
    paths = {key: str(digit_tree / name) for key, name in lists.items()}
    found = table(table_config(tmp_path, paths.pop("root"), **paths))
    assert [len(part) for part in (found.train, found.val, found.test)] == [80, 40, 60]
    assert found.train.class_names == tuple(str(n) for n in range(5, 15))  # 9 before 10
    tree = folder(tree_config(tmp_path, digit_tree)).test
    same(found.test, replace(tree, class_names=found.test.class_names))
    assert found.test.files[0] == "test/0/000.png"


def test_groups_are_a_column(tmp_path, digit_tree):
    rows = [(*entry, f"p{n % 4}", "x") for n, entry in enumerate(entries(digit_tree))]
    path = written(tmp_path / "t.csv", ("path", "label", "split", "group", "video"), rows)
    data = table_config(tmp_path, path, images=str(digit_tree))
    expected = [f"p{n % 4}" for n in range(60, 180)]
    assert table(data).train.groups.tolist() == expected
    assert set(table(replace(data, group="video")).train.groups) == {"x"}


def test_empty_columns_of_splits_and_groups_are_none(tmp_path, digit_tree):
    rows = [(file, label, "", "") for file, label, _ in entries(digit_tree)]
    path = written(digit_tree / "t.csv", ("path", "label", "split", "group"), rows)
    found = table(table_config(tmp_path, path))
    assert len(found.train) == 180
    assert found.test is found.val is found.train.groups is None


def test_pictures_anywhere_and_absolute_paths(tmp_path, digit_tree):
    rows = [(os.path.abspath(digit_tree / f), label) for f, label, _ in entries(digit_tree)]  # noqa: PTH100
    found = table(table_config(tmp_path, written(tmp_path / "t.csv", ("path", "label"), rows)))
    assert found.train.files[0] == str(digit_tree / "test/0/000.png")
    assert found.train.class_counts.tolist() == [18] * 10


def test_repeated_rows_are_taken_once_and_said(tmp_path, digit_tree, caplog):
    rows = [entry[:2] for entry in entries(digit_tree)]
    rows += [(f"./{rows[0][0]}", rows[0][1]), rows[5]]
    path = written(digit_tree / "t.csv", ("path", "label"), rows)
    assert len(table(table_config(tmp_path, path)).train) == 180
    assert "passed over: 2 rows that repeat another (line 182: test/0/000.png" in caplog.text


def changed(position, **change):
    """The digits' table with one row more, or one changed."""
    keys = ("path", "label", "split", "group")

    def rows(tree):
        found = [(*entry, "p") for entry in entries(tree)]
        row = dict(zip(keys, found[0], strict=True)) | change
        if position == "appended":
            return [*found, tuple(row[key] for key in keys)]
        return [tuple(row[key] for key in keys), *found[1:]]

    return rows


REFUSED = {
    "other label": (
        changed("appended", label="7"),
        r"line 2, and t\.csv, line 182 give test/0/000\.png the labels '0' and '7': several",
    ),
    "other split": (changed("appended", split="train"), "the splits 'test' and 'train': keep one"),
    "other group": (changed("appended", group="q"), "the groups 'p' and 'q': keep one"),
    "no split": (changed("first", split=""), r"t\.csv, line 2 has no split, and others have one"),
    "odd split": (changed("first", split="holdout"), r"line 2: the split 'holdout' is none of tra"),
    "no group": (changed("first", group=""), r"t\.csv, line 2 has no group, and others have one"),
    "absent": (
        changed("first", path="gone.png"),
        r"1 of 180 pictures of t\.csv are not in .* \(line 2: gone\.png\): .*data\.images=…",
    ),
    "folder": (changed("first", path="test/0"), r"t\.csv, line 2: test/0 is a folder"),
    "untrained class": (changed("first", label="ten"), "the test split has classes .*: ten"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_rows_that_contradict_are_refused_by_line(tmp_path, digit_tree, case):
    rows, message = REFUSED[case]
    path = written(digit_tree / "t.csv", ("path", "label", "split", "group"), rows(digit_tree))
    with pytest.raises(UserError, match=message):
        table(table_config(tmp_path, path))


def test_absent_pictures_can_be_passed_over(tmp_path, digit_tree, caplog):
    rows = changed("appended", path="gone.png")(digit_tree)
    path = written(digit_tree / "t.csv", ("path", "label", "split", "group"), rows)
    found = table(table_config(tmp_path, path, on_bad_file="skip"))
    assert (len(found.train), len(found.test)) == (120, 60)
    assert "1 row without a file (gone.png)" in caplog.text


def test_a_wrong_folder_of_images_is_told(tmp_path, digit_tree):
    path = written(tmp_path / "t.csv", ("path", "label", "split"), entries(digit_tree))
    with pytest.raises(UserError, match=r"180 of 180 pictures .*and 177 more.*data\.images=…"):
        table(table_config(tmp_path, path))
    with pytest.raises(UserError, match=r"data\.images=nowhere is not a folder"):
        table(table_config(tmp_path, path, images="nowhere"))


def test_a_split_that_is_told_twice_is_refused(tmp_path, digit_tree):
    path = written(digit_tree / "t.csv", ("path", "label", "split"), entries(digit_tree))
    with pytest.raises(UserError, match=r"t\.csv, line 2 gives the split 'test', and data\.root"):
        table(table_config(tmp_path, path, test_root=str(path)))


def test_a_table_without_training_rows_or_name_is_refused(tmp_path, digit_tree):
    rows = [entry for entry in entries(digit_tree) if entry[2] == "test"]
    path = written(digit_tree / "t.csv", ("path", "label", "split"), rows)
    with pytest.raises(UserError, match="has no row of the train split"):
        table(table_config(tmp_path, path))
    with pytest.raises(UserError, match=r"data\.root is not set: name the table for data=table"):
        table(replace(table_config(tmp_path, path), root=None))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"10", "9", "2"}, ["2", "9", "10"]),
        ({"10", "9", "b"}, ["10", "9", "b"]),
        ({"0.5", "-3", "10"}, ["-3", "0.5", "10"]),
        ({"naan", "nan"}, ["naan", "nan"]),
        ({"inf", "1"}, ["1", "inf"]),
    ],
)
def test_labels_that_are_all_numbers_are_in_their_order(labels, expected):
    assert sorted_labels(labels) == expected
