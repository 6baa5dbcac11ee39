"""What the operating system refuses, in one line: disks, folders, memory. No torch here."""

import errno
import threading
from collections.abc import Iterator
from pathlib import Path

from ltlight.errors import shown

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SHUT = (errno.EROFS, errno.EACCES, errno.EPERM)
DEFECT = (errno.EIO, errno.ESTALE)
# What torch says where it can't write a file, and where it can't have memory.
UNWRITTEN = ("PytorchStreamWriter failed", "unexpected pos", "iostream error")
NO_MEMORY = ("can't allocate memory", "not enough memory", "CUDA out of memory")


def of_the_system(error: BaseException, folder: Path) -> str | None:
    """One line on what the system refused while something was done in a folder, and what to do.

    Args:
        error: that ended it.
        folder: of the run or the report that was being written.

    Returns:
        None for an error that isn't the system's.
    """
    chain = list(_chain(error))
    for each in chain:
        told = _of_memory(each) or (_of_files(each, folder) if isinstance(each, OSError) else None)
        if told is not None:
            return told
    if any(text in str(each) for each in chain for text in UNWRITTEN):
        return _gone(folder) if not folder.is_dir() else _full(folder)
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what caused it, and what it was raised in the handling of."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_memory(error: BaseException) -> str | None:
    """Of an allocation that failed: Python's, NumPy's, torch's on the CPU or on a GPU."""
    text = str(error)
    if not (isinstance(error, MemoryError) or any(words in text for words in NO_MEMORY)):
        return None
    gpu = "CUDA" in text
    detail = f" ({shown(text.splitlines()[0])})" if text else ""
    return (
        f"{'the GPU' if gpu else 'the machine'} has no memory left for this{detail}: lower "
        "data.batch_size, data.eval_batch_size or model.width, or end what else runs there"
    )


def _of_files(error: OSError, folder: Path) -> str | None:
    place = Path(str(error.filename)) if error.filename is not None else folder
    if error.errno in FULL:
        return _full(place)
    if error.errno in SHUT:
        return (
            f"{shown(place)} can't be written to ({error.strerror}): work in a folder that is "
            "yours to write to, or change its permissions"
        )
    if error.errno in DEFECT:
        return f"{shown(place)}: the disk fails ({error.strerror}): look at it, then repeat this"
    gone = error.errno in (errno.ENOENT, errno.ENOTDIR) and not place.parent.is_dir()
    return _gone(folder) if gone and folder in place.parents else None


def _full(place: Path) -> str:
    return (
        f"no space is left on the disk of {shown(place)}: make room there and repeat the command: "
        "what was finished or saved before is not done again"
    )


def _gone(folder: Path) -> str:
    return f"{shown(folder)} was deleted or moved while it was written to: repeat the command"


def keep_threads_quiet(folder: Path) -> None:
    """Let threads fail without a traceback where the system refuses them something.

    TensorBoard writes its events in one: the next that is to be written raises the same in the
    thread that trains, where it is told.

    Args:
        folder: that is written into.
    """

    def told(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is None or of_the_system(failed.exc_value, folder) is None:
            threading.__excepthook__(failed)

    threading.excepthook = told
