"""The command: what it prints, the page, and what it refuses."""

import pytest

from tests.commands import TINY, run_here


def inspect(*arguments, cwd):
    return run_here(*arguments, cwd=cwd, module="ltlight.inspect")


def test_words_a_table_and_a_page(tmp_path):
    done = inspect(*TINY, "data.ratio=0.02", "--steps", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "The imbalance is likely to matter (largest over smallest class: 40)" in said
    assert "wrote outputs/inspect/digits.html" in said
    page = (tmp_path / "outputs" / "inspect" / "digits.html").read_text()
    for part in ("digits: inspection", "In plain words", "359 training", "data:image/png"):
        assert part in page
    assert [path.name for path in (tmp_path / "outputs").iterdir()] == ["inspect"]


def test_the_page_goes_where_it_is_wanted(tmp_path):
    done = inspect("--output", "here/page.html", *TINY, "--steps=0", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "here" / "page.html").exists()


def test_warnings_of_reading_stand_on_the_page(tmp_path):
    done = inspect(*TINY, "data.ratio=0.02", "data.val_fraction=0.1", "--steps=0", cwd=tmp_path)
    assert "too small to hold an image out" in done.stderr
    page = (tmp_path / "outputs" / "inspect" / "digits.html").read_text()
    assert "too small to hold an image out" in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["data=folder", "data.root=nowhere"], "data.root=nowhere is not a folder"),
        (["data=nothing"], "data=nothing: choose from cifar10, "),
        (["data.ratio=2"], "data.ratio=2.0 must be above 0 and at most 1"),
        ([*TINY, "--steps", "-1"], "--steps -1: 0 or more are wanted"),
        ([*TINY, "--output", "."], "--output . is a folder: name a file"),
    ],
)
def test_what_can_be_mended_is_one_line(tmp_path, arguments, said):
    done = inspect(*arguments, cwd=tmp_path)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("word", "told"),
    [("method.focal_gamma=2", "has no effect here"), ("overwrite=2", "must be true or false")],
)
def test_what_a_training_refuses_is_refused(tmp_path, word, told):
    done = run_here("data=digits", word, cwd=tmp_path, module="ltlight.inspect")
    assert done.returncode == 1
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
