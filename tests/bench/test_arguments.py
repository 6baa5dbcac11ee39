"""What can't be measured or written is refused before anything is measured."""

import pytest

from ltlight.bench import __main__ as bench
from ltlight.bench.arguments import refuse_unwritable
from ltlight.errors import UserError
from tests.commands import run_here

REFUSED = {
    "--rounds 0": "--rounds 0 must be 1 to 100000",
    "--rounds -1": "--rounds -1 must be 1 to 100000",
    "--steps 0": "--steps 0 must be 1 to 100000",
    "--width 0": "--width 0 must be 0.01 to 16",
    "--width 0.1 nan": "--width nan must be 0.01 to 16",
    "--width inf": "--width inf must be 0.01 to 16",
    "--price nope": "--price nope: choose from augment, auto_augment, ",
    "--price base": "--price base: choose from ",
    "--out .": "--out . is a folder: name a file",
    "--out /proc/x/y.json": "--out /proc/x/y.json can't be written (No such file or directory)",
    "--out /etc/passwd/y.json": "--out /etc/passwd/y.json can't be written (",
}


@pytest.fixture
def _measures_nothing(monkeypatch):
    def measured(*_):
        raise AssertionError("something was measured")

    for name in ("compare", "grow", "price", "floor"):
        monkeypatch.setattr(bench, name, measured)


@pytest.mark.usefixtures("_measures_nothing")
@pytest.mark.parametrize("words", REFUSED)
def test_it_is_one_line_before_anything_is_measured(words, tmp_path):
    done = run_here(*words.split(), cwd=tmp_path, module="ltlight.bench")
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"error: {REFUSED[words]}")


def test_what_can_be_written_is_left_as_it_is(tmp_path):
    new, old = tmp_path / "a" / "b.json", tmp_path / "c.json"
    old.write_text("old")
    refuse_unwritable(new, "--out")
    refuse_unwritable(old, "--out")
    assert not new.exists()
    assert new.parent.is_dir()
    assert old.read_text() == "old"
    with pytest.raises(UserError, match="is a folder"):
        refuse_unwritable(new.parent, "--out")
