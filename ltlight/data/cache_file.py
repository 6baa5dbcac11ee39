"""Arrays in the cache: their place on the disk is had before they are mapped. No torch here."""

import errno
import os
from pathlib import Path

import numpy as np

from ltlight.errors import UserError
from ltlight.memory import size

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def new_array(file: Path, dtype: type | np.dtype, shape: tuple[int, ...]) -> None:
    """Make an `.npy` file of zeros whose bytes the disk has given already.

    A map of a file without them is promised what may not be there: where the disk fills up, the
    system ends the process by SIGBUS, without a word.

    Raises:
        UserError: for a disk without room.
    """
    try:
        np.lib.format.open_memmap(file, mode="w+", dtype=dtype, shape=shape).flush()
        if hasattr(os, "posix_fallocate"):
            with file.open("r+b") as made:
                os.posix_fallocate(made.fileno(), 0, file.stat().st_size)
    except OSError as e:
        file.unlink(missing_ok=True)
        if e.errno not in NO_ROOM:
            raise
        needed = size(int(np.prod(shape)) * np.dtype(dtype).itemsize)
        raise UserError(
            f"the disk of {file.parent} has no room for {needed} ({e.strerror}): make room there, "
            "or name another data.cache"
        ) from e
