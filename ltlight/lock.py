"""Locks on files, so that no two processes write into one folder. No torch here.

The operating system holds them for a process and lets go when it ends, however it ends: nobody has
to clear up after one that was killed. The file stays, its text says who held it last.
"""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ltlight.errors import UserError, shown

log = logging.getLogger(__name__)
PAUSE = 0.5  # seconds between two attempts of one that waits


class InUse(UserError):
    """Another process holds the lock."""


@contextmanager
def locked(file: Path, what: str, *, wait: bool) -> Iterator[None]:
    """Hold a lock; where another process has it, wait and say so once, or refuse.

    Args:
        file: of the lock, in a folder that is there.
        what: is locked, as a message names it.
        wait: for the other process to end.

    Raises:
        InUse: naming what is locked and by whom, unless ``wait``.
    """
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if not wait:
            raise InUse(f"{what} is in use by {_holder(file)}") from None
        log.warning("waiting for %s, which is in use by %s", what, _holder(file))
        lock.acquire(poll_interval=PAUSE)
    try:
        with suppress(OSError):  # a full disk has room for the lock, which is no text
            file.write_text(f"process {os.getpid()} on {socket.gethostname()}\n")
        yield
    finally:
        lock.release()


def _holder(file: Path) -> str:
    try:
        return shown(file.read_text().strip()) or "another process"
    except (OSError, UnicodeDecodeError):
        return "another process"
