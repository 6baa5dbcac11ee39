import os

import pytest
import torch

from ltlight.runs.checkpoints import previous_of
from ltlight.training import checkpoint_io
from ltlight.training.checkpoint_io import NEEDED, VerifiedCheckpointIO, unreadable


def saved(number: int) -> dict:
    return {"number": number, "w": torch.full((50,), float(number))}


@pytest.mark.parametrize(("name", "kept"), [("last.ckpt", 1), ("best.ckpt", None)])
def test_what_a_run_is_resumed_from_keeps_the_one_before(name, kept, tmp_path):
    path = tmp_path / "made" / name
    for number in (0, 1, 2):
        VerifiedCheckpointIO().save_checkpoint(saved(number), path)
    assert VerifiedCheckpointIO().load_checkpoint(path, weights_only=True)["number"] == 2
    if kept is None:
        assert not previous_of(path).exists()
    else:
        assert torch.load(previous_of(path), weights_only=True)["number"] == kept
    assert not list(path.parent.glob("*.tmp"))


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "last.ckpt"
    VerifiedCheckpointIO().save_checkpoint(saved(1), path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            VerifiedCheckpointIO().save_checkpoint(saved(2), path)
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]
    assert torch.load(path, weights_only=True)["number"] == 1


def test_what_the_disk_gives_back_is_compared(tmp_path, monkeypatch):
    path, write = tmp_path / "last.ckpt", checkpoint_io.write_synced
    VerifiedCheckpointIO().save_checkpoint(saved(1), path)

    def spoilt(checkpoint, file) -> None:
        write(checkpoint, file)
        file.write_bytes(file.read_bytes()[:-40])

    monkeypatch.setattr(checkpoint_io, "write_synced", spoilt)
    with pytest.raises(OSError, match="was not written as it should be"):
        VerifiedCheckpointIO().save_checkpoint(saved(2), path)
    assert torch.load(path, weights_only=True)["number"] == 1


def test_every_flipped_byte_is_found_or_changes_nothing(tmp_path):
    """Bytes of padding and time stamps are in no checksum, and nobody reads them."""
    path = tmp_path / "last.ckpt"
    torch.save(dict.fromkeys(NEEDED) | {"w": torch.arange(300.0)}, path)
    whole, found, places = path.read_bytes(), 0, 0
    for place in range(0, len(whole), 29):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        places += 1
        if unreadable(path) is not None:
            found += 1
        else:
            assert torch.equal(torch.load(path, weights_only=True)["w"], torch.arange(300.0))
    assert found > places / 2


def test_what_is_no_checkpoint_of_a_training_is_told(tmp_path):
    path = tmp_path / "last.ckpt"
    torch.save({"state_dict": {}}, path)
    assert unreadable(path) == "it has no loops"
    torch.save([1, 2], path)
    assert unreadable(path) == "it has no state_dict"


class Code:
    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return self.trace.touch, ()


def test_a_checkpoint_that_holds_code_is_set_aside_unrun(tmp_path):
    path, trace = tmp_path / "last.ckpt", tmp_path / "trace"
    torch.save(dict.fromkeys(NEEDED) | {"w": Code(trace)}, path)
    assert unreadable(path) == "torch can't read it, UnpicklingError"
    assert not trace.exists()
