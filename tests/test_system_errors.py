"""What the system refuses is one line that names the place, or none of ours to tell."""

import errno
import os
import threading
from pathlib import Path

import pytest

from ltlight.system_errors import keep_threads_quiet, of_the_system

RUN = Path("outputs/one/seed=0")


def refused(code: int, file: object = "x/y") -> OSError:
    return OSError(code, os.strerror(code), file)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refused(errno.ENOSPC), "no space is left on the disk of x/y: make room there"),
        (OSError(errno.EDQUOT, "Quota"), f"no space is left on the disk of {RUN}: make room"),
        (refused(errno.EROFS), "x/y can't be written to (Read-only file system): work in"),
        (refused(errno.EACCES), "x/y can't be written to (Permission denied): work in"),
        (refused(errno.EIO), "x/y: the disk fails (Input/output error): look at it"),
        (refused(errno.ENOENT, RUN / "curves.jsonl"), f"{RUN} was deleted or moved while it"),
        (MemoryError(), "the machine has no memory left for this: lower data.batch_size"),
        (RuntimeError("CUDA out of memory. Tried\nmore"), "the GPU has no memory left for this ("),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "the machine has no memory"),
    ],
)
def test_it_names_the_place_and_what_to_do(error, told):
    line = of_the_system(error, RUN)
    assert line.startswith(told)
    assert line.isprintable()


def test_what_caused_an_error_counts():
    error = ValueError("Unable to configure handler 'file'")
    error.__cause__ = refused(errno.ENOSPC)
    assert "no space" in of_the_system(error, RUN)


def test_a_checkpoint_that_torch_could_not_write_is_of_the_disk(tmp_path):
    error = RuntimeError("PytorchStreamWriter failed writing file data/1: file write failed")
    assert of_the_system(error, tmp_path).startswith(f"no space is left on the disk of {tmp_path}")


@pytest.mark.parametrize(
    "error", [ValueError("no"), refused(errno.ENOENT, "/somewhere/else"), refused(errno.EPIPE)]
)
def test_faults_of_ours_are_left_alone(error):
    assert of_the_system(error, RUN) is None


def test_threads_fail_quietly_of_what_is_told_elsewhere(capsys, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    keep_threads_quiet(RUN)

    def fail(error: Exception) -> None:
        raise error

    for error in (refused(errno.ENOSPC), KeyError("ours")):
        thread = threading.Thread(target=fail, args=(error,))
        thread.start()
        thread.join()
    printed = capsys.readouterr().err
    assert "ours" in printed
    assert "No space" not in printed
