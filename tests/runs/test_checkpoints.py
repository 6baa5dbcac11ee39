import logging

import numpy as np
import pytest
import torch

from ltlight.runs.checkpoints import (
    clear_partial,
    damage,
    newest_whole,
    partial_of,
    previous_of,
    put_in_place,
    remove,
    set_aside,
)


@pytest.fixture
def last(tmp_path):
    """A checkpoint and the one before it."""
    path = tmp_path / "last.ckpt"
    for number in (1, 2):
        torch.save({"number": number, "w": torch.arange(1000.0) * number}, partial_of(path))
        put_in_place(path, keep_previous=True)
    return path


def number_in(path) -> int:
    return torch.load(path, weights_only=True)["number"]


def test_the_one_before_is_kept_and_the_name_is_the_newest(last):
    assert sorted(file.name for file in last.parent.iterdir()) == [
        "last.ckpt",
        "last.previous.ckpt",
    ]
    assert (number_in(last), number_in(previous_of(last))) == (2, 1)
    assert newest_whole(last) == last


DAMAGES = {
    "half": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "garbage": lambda content: np.random.default_rng(0).bytes(len(content)),
    "text": lambda content: b"hello\n",
    "one byte": lambda content: content[:2000] + bytes([content[2000] ^ 1]) + content[2001:],
    "end missing": lambda content: content[:-1],
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_one_is_named_set_aside_and_the_one_before_is_taken(kind, last, caplog):
    spoilt = DAMAGES[kind](last.read_bytes())
    last.write_bytes(spoilt)
    with caplog.at_level(logging.WARNING):
        assert newest_whole(last) == previous_of(last)
    named, instead = caplog.messages
    assert named.startswith(f"{last} is damaged (")
    assert named.endswith("kept as last.damaged.ckpt")
    assert instead == f"going on from {previous_of(last)}, the one before"
    assert last.with_name("last.damaged.ckpt").read_bytes() == spoilt
    assert number_in(newest_whole(last)) == 1


def test_with_none_whole_the_training_starts_anew_and_says_so(last, caplog):
    for file in (last, previous_of(last)):
        file.write_bytes(b"")
    assert newest_whole(last) is None
    assert caplog.messages[-1].endswith("the training starts anew")
    assert [f.name for f in sorted(last.parent.iterdir())] == [
        "last.damaged.ckpt",
        "last.previous.damaged.ckpt",
    ]
    assert newest_whole(last) is None
    assert len(caplog.messages) == 3  # nothing there is nothing to tell


@pytest.mark.parametrize("cut_off", ["while writing", "before the old one moved", "between"])
def test_a_kill_at_any_moment_of_writing_leaves_a_whole_one(cut_off, last):
    torch.save({"number": 3, "w": torch.arange(1000.0)}, partial_of(last))
    if cut_off == "while writing":
        partial_of(last).write_bytes(partial_of(last).read_bytes()[:1500])
    if cut_off == "between":
        last.replace(previous_of(last))
    assert newest_whole(last) == last
    assert number_in(last) == (3 if cut_off == "between" else 2)
    clear_partial(last.parent)
    assert not partial_of(last).exists()


def test_setting_aside_twice_keeps_both(last):
    assert set_aside(previous_of(last)).name == "last.previous.damaged.ckpt"
    assert set_aside(last).name == "last.damaged.ckpt"
    last.write_text("again")
    assert set_aside(last).name == "last.damaged2.ckpt"


def test_removing_takes_all_of_it_and_nothing_else(last):
    kept = set_aside(last)
    partial_of(last).write_text("half")
    remove(last)
    assert list(last.parent.iterdir()) == [kept]


def test_an_archive_of_nothing_is_no_checkpoint(tmp_path):
    (tmp_path / "x.ckpt").write_bytes(b"PK\x05\x06" + bytes(18))
    assert damage(tmp_path / "x.ckpt") is not None
