import sys

import numpy as np
import pytest

from ltlight.config.schema import Columns
from ltlight.data.sources.rows import read_rows
from ltlight.errors import UserError

PAIRS = [("a/1.png", "cat"), ("b, c/2.png", "dog"), ("ä/3.png", "cat")]


def rows(path, columns=None, group=None):
    return read_rows(path, "data.root", columns or Columns(), group)


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt"])
def test_the_delimiter_is_told_by_the_header(tmp_path, delimiter, suffix, encoding, ends):
    lines = [("label", "path"), *((label, f'"{path}"') for path, label in PAIRS)]
    text = "".join(delimiter.join(line) + ends for line in lines)
    found = rows(written(tmp_path / f"t{suffix}", text, encoding))
    assert [(row.path, row.label) for row in found] == PAIRS
    assert [row.place for row in found] == [f"t{suffix}, line {n}" for n in (2, 3, 4)]


def test_columns_have_other_names_and_unneeded_ones_do_no_harm(tmp_path):
    text = "id,file,species,part,patient\n1,a.png,cat,train,p1\n\n2,b.png,dog,test,p2\n"
    path = written(tmp_path / "t.csv", text)
    found = rows(path, Columns("file", "species", "part"), "patient")
    assert [(r.path, r.label, r.split, r.group) for r in found] == [
        ("a.png", "cat", "train", "p1"),
        ("b.png", "dog", "test", "p2"),
    ]
    assert rows(path, Columns("file", "species", "part", "patient")) == found
    assert [r.split for r in rows(path, Columns("file", "species"))] == ["", ""]


def test_lists_of_path_and_label(tmp_path):
    text = "train/n01440764/x.JPEG 0\n\ntrain/with space/y.JPEG  10\ttail 7\n a.png\tcat \n"
    found = rows(written(tmp_path / "ImageNet_LT_train.txt", text))
    assert [(r.path, r.label, r.where) for r in found] == [
        ("train/n01440764/x.JPEG", "0", "line 1"),
        ("train/with space/y.JPEG  10\ttail", "7", "line 3"),
        ("a.png", "cat", "line 4"),
    ]


def test_parquet_with_numbers_gaps_and_text(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="the extra is not installed: .[parquet]")
    from pyarrow import parquet

    columns = {
        "path": ["a.png", "b.png", "c.png"],
        "label": [2.0, 10.0, 3.5],  # what pandas makes of whole numbers with a gap
        "split": [None, "test", "train"],
        "group": [7, 8, None],
        "thumbnail": [b"x", b"y", b"z"],
    }
    parquet.write_table(arrow.table(columns), tmp_path / "t.parquet")
    found = rows(tmp_path / "t.parquet")
    assert [(r.path, r.label, r.split, r.group, r.where) for r in found] == [
        ("a.png", "2", "", "7", "row 1"),
        ("b.png", "10", "test", "8", "row 2"),
        ("c.png", "3.5", "train", "", "row 3"),
    ]


def test_several_labels_of_parquet_are_refused(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="the extra is not installed: .[parquet]")
    from pyarrow import parquet

    columns = {"path": ["a.png"], "label": [["cat", "dog"]]}
    parquet.write_table(arrow.table(columns), tmp_path / "t.pq")
    with pytest.raises(UserError, match=r"t\.pq, row 1 has several labels \(\['cat', 'dog'\]\)"):
        rows(tmp_path / "t.pq")


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UserError, match=r"needs pyarrow: pip install 'ltlight\[parquet\]'"):
        rows(written(tmp_path / "t.parquet", "PAR1"))


def test_spoilt_parquet_is_one_line(tmp_path):
    pytest.importorskip("pyarrow", reason="the extra is not installed: .[parquet]")
    with pytest.raises(UserError, match=r"t\.parquet can't be read as Parquet") as caught:
        rows(written(tmp_path / "t.parquet", "no"))
    assert "\n" not in str(caught.value)


REFUSED = {
    "no such column": (
        "t.csv",
        "file,label\na.png,cat\n",
        r"no column path \(but file, label\): name it with data\.columns\.path=…",
    ),
    "no header": ("t.csv", "a.png,cat\n", r"no column path \(but a\.png, cat\)"),
    "twice": ("t.csv", "path,label,path\na,b,c\n", "two columns path"),
    "no label": ("t.csv", "path,label\na.png,cat\nb.png,\n", "t.csv, line 3 has no label"),
    "no path": ("t.csv", "path,label\n ,cat\n", "t.csv, line 2 has no path"),
    "short": ("t.csv", "path,label,x\na.png,cat\n", "line 2 has 2 cells, the header 3"),
    "several": ("t.csv", "path,label\na.png,cat|dog\n", r"line 2 has several labels \(cat\|dog\)"),
    "a list": ("t.csv", 'path,label\na.png,"[1, 2]"\n', r"line 2 has several labels \(\[1, 2\]\)"),
    "empty": ("t.csv", "", "is empty: a header with the columns path,label is wanted"),
    "only a header": ("t.csv", "path,label\n", "has no rows"),
    "an empty list": ("t.txt", "\n\n", "has no rows"),
    "one word": ("t.txt", "a.png 1\nb.png\n", "t.txt, line 2 is not 'path label': b.png"),
    "quotes": ("t.csv", 'path,label\n"a.png,cat\n', "can't be read as a table"),
    "null": ("t.txt", "a\0.png 3\n", "line 1 has a null character"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_by_its_line(tmp_path, case):
    name, text, message = REFUSED[case]
    with pytest.raises(UserError, match=message):
        rows(written(tmp_path / name, text))


def test_other_encodings_are_refused(tmp_path):
    path = written(tmp_path / "t.csv", "path,label\nä.png,cat\n", "latin-1")
    with pytest.raises(UserError, match="can't be read as a table"):
        rows(path)
    (tmp_path / "t.txt").write_bytes(np.arange(256, dtype=np.uint8).tobytes())
    with pytest.raises(UserError, match="can't be read as a table"):
        rows(tmp_path / "t.txt")


def test_a_list_has_no_column_for_groups(tmp_path):
    with pytest.raises(UserError, match=r"data\.group=patient names none"):
        rows(written(tmp_path / "t.txt", "a.png 1\n"), group="patient")
    with pytest.raises(UserError, match=r"no column patient .*data\.group=…"):
        rows(written(tmp_path / "t.csv", "path,label\na.png,1\n"), group="patient")


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"is not a file: name a table"):
        rows(tmp_path / "absent.csv")
    with pytest.raises(UserError, match="is a folder: data=folder reads those"):
        rows(tmp_path)
