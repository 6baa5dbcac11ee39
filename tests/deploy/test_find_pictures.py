"""Which files a command line names."""

import io
import logging
import os
import sys

import pytest

from ltlight.deploy.find_pictures import Tables, find_pictures
from ltlight.errors import UserError


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in ("a/1.png", "a/b/2.JPG", "a/b/notes.md", "a/.hidden.png", "c d/3.webp", "e.jpeg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*arguments, tables=None):
    return [picture.name for picture in find_pictures(arguments, tables)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["a"], ["a/1.png", "a/b/2.JPG"]),
        (["a/"], ["a/1.png", "a/b/2.JPG"]),
        (["a/b", "e.jpeg"], ["a/b/2.JPG", "e.jpeg"]),
        (["*/*.png"], ["a/1.png"]),
        (["**"], ["a/1.png", "a/b/2.JPG", "c d/3.webp", "e.jpeg"]),
        (["c*"], ["c d/3.webp"]),
        (["a/b", "a"], ["a/b/2.JPG", "a/1.png"]),
        (["unseen.png", "a"], None),
    ],
)
def test_files_folders_and_globs_each_file_once(tree, arguments, expected):
    if expected is None:
        with pytest.raises(UserError, match=r"unseen\.png is no file"):
            names(*arguments)
    else:
        assert names(*arguments) == expected


def test_an_absolute_path_and_the_home_folder(tree, monkeypatch):
    monkeypatch.setenv("HOME", str(tree))
    assert names(str(tree / "a")) == [f"{tree}/a/1.png", f"{tree}/a/b/2.JPG"]
    assert names("~/e.jpeg") == [f"{tree}/e.jpeg"]


def test_what_is_passed_over_is_said(tree, caplog):
    with caplog.at_level(logging.WARNING):
        names("a")
    assert ".md 1" in caplog.text
    assert "hidden" in caplog.text


def test_a_folder_without_pictures_is_refused(tree):
    (tree / "empty").mkdir()
    with pytest.raises(UserError, match="empty holds no pictures"):
        names("empty")


def test_a_fifo_and_a_link_that_loops_do_no_harm(tree):
    os.mkfifo(tree / "a" / "pipe.png")
    (tree / "a" / "up").symlink_to(tree)
    assert names("a") == ["a/1.png", "a/b/2.JPG"]


def test_a_file_that_is_named_is_tried_whatever_it_is_called(tree):
    assert names("a/b/notes.md") == ["a/b/notes.md"]


TABLES = {
    "t.csv": "path,label\n1.png,x\nb/2.JPG,y\n",
    "t.tsv": "label\tpath\nx\t1.png\ny\tb/2.JPG\n",
    "semicolons.csv": "path;label\n1.png;x\nb/2.JPG;y\n",
    "t.txt": "1.png\n\nb/2.JPG\n",
    "labelled.txt": "1.png 0\nb/2.JPG 17\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_name_files_beside_them(tree, name):
    (tree / "a" / name).write_text(TABLES[name])
    found = find_pictures([f"a/{name}"])
    assert [p.name for p in found] == ["1.png", "b/2.JPG"]
    assert [p.file for p in found] == ["a/1.png", "a/b/2.JPG"]


def test_parquet_and_other_columns_and_folders(tree):
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is the extra parquet")
    from pyarrow import parquet

    parquet.write_table(arrow.table({"file": ["1.png"], "n": [3]}), tree / "t.parquet")
    tables = Tables(("file", "path"), tree / "a")
    assert [p.file for p in find_pictures(["t.parquet"], tables)] == [f"{tree}/a/1.png"]
    with pytest.raises(UserError, match=r"no column path \(but file, n\): name it with --column"):
        find_pictures(["t.parquet"])


def test_a_path_with_a_space_in_a_list(tree):
    (tree / "t.txt").write_text("c d/3.webp\nc d/3.webp 4\n")
    assert names("t.txt") == ["c d/3.webp"]


def test_paths_of_the_standard_input(tree, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("e.jpeg\n\na/1.png\n"))
    assert names("-") == ["e.jpeg", "a/1.png"]


def test_a_table_that_is_none(tree):
    (tree / "t.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"t\.csv can't be read as a table"):
        names("t.csv")


def test_an_empty_table_is_said_to_be_empty(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(UserError, match=r"empty\.csv is empty: a header with a column path"):
        find_pictures([str(tmp_path / "empty.csv")])
