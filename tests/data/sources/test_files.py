import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest

from ltlight.data.sources import files
from ltlight.data.sources.files import (
    files_folder,
    pictures_below,
    refuse_no_folder,
    stamps_of,
    subfolders,
)
from ltlight.data.sources.passed_over import PassedOver
from ltlight.errors import UserError
from tests.conftest import write_tree
from tests.parts import tree_config


@pytest.fixture
def tree(tmp_path, digit_sets):
    return write_tree(tmp_path / "tree", digit_sets[0], 2)


def below(folder, *more):
    passed = PassedOver()
    found = pictures_below([str(folder), *map(str, more)], len(str(folder)) + 1, passed)
    return [name for name, *_ in found], str(passed), found


def test_pictures_are_found_in_order_with_their_stamps(tree):
    names, passed, found = below(tree)
    assert names == sorted(str(f.relative_to(tree)) for f in tree.rglob("*.png"))
    status = (tree / names[3]).stat()
    assert stamps_of(found)[3].tolist() == [status.st_size, status.st_mtime_ns]
    assert passed == ""


def test_nothing_has_no_stamps():
    assert stamps_of([]).shape == (0, 2)
    assert stamps_of([]).dtype == np.int64


def test_suffixes_are_told_in_any_letter_case_and_others_counted(tree):
    (tree / "0" / "000.png").rename(tree / "0" / "000.PNG")
    (tree / "0" / "001.png").rename(tree / "0" / "001.heic")
    (tree / "1" / "000.png").rename(tree / "1" / "bare")
    (tree / "1" / "001.png").rename(tree / "1" / "001.HEIC")
    names, passed, _ = below(tree)
    assert names[0] == "0/000.PNG"
    assert len(names) == 17
    assert passed == "3 files of no picture format (.heic 2, no extension 1)"


def test_a_link_to_pictures_elsewhere_is_followed(tree, tmp_path):
    (tree / "9").rename(tmp_path / "elsewhere")
    (tree / "9").symlink_to(tmp_path / "elsewhere")
    (tree / "8" / "000.png").rename(tmp_path / "x.png")
    (tree / "8" / "000.png").symlink_to(tmp_path / "x.png")
    names, passed, found = below(tree)
    assert {"8/000.png", "9/000.png", "9/001.png"} <= set(names)
    assert passed == ""
    assert stamps_of(found)[16, 0] == (tmp_path / "x.png").stat().st_size


def test_links_in_circles_and_across_are_each_entered_once(tree):
    (tree / "1" / "to2").symlink_to("../2")
    (tree / "2" / "to1").symlink_to("../1")
    names, passed, _ = below(tree / "1")
    assert names == ["000.png", "001.png", "to2/000.png", "to2/001.png"]
    assert passed == "1 folder reached twice (to2/to1)"


def test_many_links_to_each_other_do_not_multiply(tree):
    for i in range(10):
        for k in range(10):
            (tree / str(i) / f"l{k}").symlink_to(f"../{k}")
    names, _, _ = below(tree)
    assert len(names) == 20


def test_a_depth_beyond_pythons_recursion_is_walked(tmp_path):
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("a", dir_fd=here)
        deeper = os.open("a", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    names, passed, _ = below(tmp_path)
    deepest = f"{tmp_path}{1500 * '/a'}"
    for depth in range(1500):  # what removes temporary folders is recursive
        Path(deepest[: len(deepest) - 2 * depth]).rmdir()
    assert (names, passed) == ([], "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_closed_folder_is_named(tree):
    (tree / "3").chmod(0)
    names, passed, _ = below(tree)
    (tree / "3").chmod(0o700)
    assert len(names) == 18
    assert passed == "1 folder that can't be opened (3)"


def test_a_folder_that_fails_to_open_is_named(tree, monkeypatch):
    whole = files._entries

    def entries(folder):
        if folder.endswith("/3"):
            raise PermissionError
        return whole(folder)

    monkeypatch.setattr(files, "_entries", entries)
    names, passed, _ = below(tree)
    assert len(names) == 18
    assert passed == "1 folder that can't be opened (3)"


def test_subfolders_are_names_in_order(tree):
    passed = PassedOver()
    (tree / "x.jpg").touch()
    (tree / "x.csv").touch()
    assert subfolders(tree, len(str(tree)) + 1, passed) == list("0123456789")
    assert passed.has("picture outside class folders")
    assert str(passed) == (
        "1 file of no picture format (.csv 1), 1 picture outside class folders (x.jpg)"
    )


@pytest.mark.parametrize("root", ["/proc", "/proc/self/fd", "/sys", "/dev"])
def test_folders_of_the_system_are_refused_by_name(root):
    with pytest.raises(UserError, match=f"data.root={root} is a folder of the system"):
        refuse_no_folder(Path(root), "data.root")


@pytest.mark.parametrize("name", ["absent", "a file", "x" * 5000, "null\0", "round"])
def test_what_is_no_folder_is_refused(tmp_path, name):
    (tmp_path / "a file").touch()
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(UserError, match="is not a folder") as caught:
        refuse_no_folder(tmp_path / name, "data.images")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("changes", "folder"),
    [
        ({"source": "folder", "root": "tree"}, Path("tree")),
        ({"source": "cifar100", "root": None}, None),
        ({"source": "table", "root": "lists/a.csv"}, Path("lists")),
        ({"source": "table", "root": "lists/a.csv", "images": "photos"}, Path("photos")),
    ],
)
def test_files_are_relative_to_the_root_or_of_a_table_to_its_images(tmp_path, changes, folder):
    data = dataclasses.replace(tree_config(tmp_path, tmp_path), **changes)
    assert files_folder(data) == folder
