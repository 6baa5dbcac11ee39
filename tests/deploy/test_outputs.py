"""Files of predictions that grow and are gone on with."""

import json

import pytest

from ltlight.deploy.outputs import output_of
from ltlight.deploy.text_outputs import columns
from ltlight.errors import UserError

ROWS = [["a, b.png", "cat", 0.5, "dog", 0.25], ['"q"\nz.png', "dog", 1.0, "cat", 0.0]]
NAMES = ["p.csv", "p.jsonl", "p.parquet"]


def written(file, rows, top=2):
    if file.suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is the extra parquet")
    output = output_of(file, top)
    done = output.begin()
    for row in rows:
        output.append([row])
    output.close()
    return done


@pytest.mark.parametrize("name", NAMES)
def test_rows_that_were_written_are_known_again(tmp_path, name):
    file = tmp_path / name
    assert written(file, ROWS[:1]) == set()
    assert written(file, ROWS[1:]) == {"a, b.png"}
    assert written(file, []) == {"a, b.png", '"q"\nz.png'}


@pytest.mark.parametrize("name", NAMES[:2])
@pytest.mark.parametrize("left", ["x", "x" * 100_000])
def test_half_a_line_is_dropped(tmp_path, name, left):
    file = tmp_path / name
    written(file, ROWS[:1])
    whole = file.read_text()
    with file.open("a") as stream:
        stream.write(left)
    assert written(file, []) == {"a, b.png"}
    assert file.read_text() == whole


def test_only_half_a_header(tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("path,la")
    assert written(file, ROWS[:1]) == set()
    assert file.read_text().splitlines()[0] == ",".join(columns(2))


def test_a_killed_parquet_goes_on_from_its_rows(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is the extra parquet")
    file = tmp_path / "p.parquet"
    output = output_of(file, 2)
    output.begin()
    output.append(ROWS[:1])  # killed: never closed
    assert not file.exists()
    assert written(file, ROWS[1:]) == {"a, b.png"}
    assert parquet.read_table(file)["path"].to_pylist() == ["a, b.png", '"q"\nz.png']


def test_json_lines_hold_lists_where_there_are_more_classes_than_one(tmp_path):
    written(tmp_path / "p.jsonl", ROWS[:1])
    assert json.loads((tmp_path / "p.jsonl").read_text()) == {
        "path": "a, b.png",
        "label": "cat",
        "probability": 0.5,
        "top_labels": ["cat", "dog"],
        "top_probabilities": [0.5, 0.25],
    }
    written(tmp_path / "q.jsonl", [["x.png", "cat", 0.5]], top=1)
    assert list(json.loads((tmp_path / "q.jsonl").read_text())) == ["path", "label", "probability"]


@pytest.mark.parametrize("text", ["path,label\nx,y\n", "path,label,probability\nx\n"])
def test_a_damaged_table_is_told(tmp_path, text):
    file = tmp_path / "p.csv"
    file.write_text(text)
    with pytest.raises(UserError, match="is damaged"):
        written(file, [], top=1)
    assert file.read_text() == text
