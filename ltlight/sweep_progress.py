"""How far a sweep is, in a line as each of its members ends, in whatever process that may be.

The process that starts a sweep makes a file, to which members add a byte each as they end; where it
is stands in the environment, which a launcher's processes inherit. Those of another machine can't
see it and say nothing.
"""

import atexit
import logging
import os
import tempfile
import time
from pathlib import Path

log = logging.getLogger(__name__)
VARIABLE = "LTLIGHT_SWEEP"  # the file, when the sweep began, and how many members it has
ENDED, FOUND = b"e", b"f"  # made now, whether it succeeded or not; finished before


def begin(members: int | None) -> None:
    """Start counting.

    Args:
        members: of the sweep; None where that isn't known beforehand.
    """
    handle, file = tempfile.mkstemp(prefix="ltlight-sweep-")
    os.close(handle)
    os.environ[VARIABLE] = f"{file}:{time.time()}:{members or 0}"
    atexit.register(Path(file).unlink, missing_ok=True)


def end() -> None:
    """Remove the file; nothing where there is none."""
    told = os.environ.pop(VARIABLE, None)
    if told is not None:
        Path(told.rsplit(":", 2)[0]).unlink(missing_ok=True)


def count(members: int = 1, found: bool = False) -> None:
    """Note that members have ended, and say how far the sweep is.

    Args:
        members: how many of them.
        found: whether they were finished before this sweep: nothing is said of those.
    """
    told = os.environ.get(VARIABLE)
    if told is None or os.environ.get("RANK", "0") != "0":
        return
    file, began, total = told.rsplit(":", 2)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_APPEND)  # not made anew; writes don't overlap
        os.write(handle, (FOUND if found else ENDED) * members)
        os.close(handle)
        every = Path(file).read_bytes()
    except OSError:
        return
    if not found:
        seconds = time.time() - float(began)
        log.info(progress(every.count(ENDED), every.count(FOUND), int(total), seconds))


def progress(ended: int, found: int, total: int, seconds: float) -> str:
    """``3 of 18, about 2 min to go``, as if the others took as long as those so far.

    Args:
        ended: members made since the sweep began, at least one.
        found: members that were finished before it.
        total: of all, 0 where it isn't known.
        seconds: since it began.
    """
    done = ended + found
    if not total:
        return f"{done} done in {duration(seconds)}"
    if done >= total:
        return f"{done} of {total}, in {duration(seconds)}"
    return f"{done} of {total}, about {duration(seconds / ended * (total - done))} to go"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, in two digits or so."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds >= 10 * 3600 else f"{seconds / 3600:.1f} h"
