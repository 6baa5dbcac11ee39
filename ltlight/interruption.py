"""SIGTERM and Ctrl-C: one line that says what is kept, and the exit status 143 or 130.

A signal raises `Interrupted` where it comes. While weights are trained it is only noted
(`defer`), so that the training can save itself at the end of a step and raise then.
"""

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

HEEDED = (signal.SIGTERM, signal.SIGINT)
# Seconds in which further signals are the same wish: a terminal's Ctrl-C comes to torchrun's
# processes twice, from the terminal and from torchrun.
PATIENCE = 5.0
AGAIN = 0.02  # seconds after which one that Python swallowed is raised again


class Interrupted(SystemExit):
    """A signal asked to stop; the exit status is a shell's, 128 and the signal's number.

    Attributes:
        signal: that came.
        kept: a sentence on what is kept and how to go on, or "" where nobody said one.
        told: whether the line was printed.
    """

    def __init__(self, signum: int, kept: str = "", told: bool = False) -> None:
        super().__init__(128 + signum)
        self.signal = signal.Signals(signum)
        self.kept, self.told = kept, told

    def __reduce__(self) -> tuple[type, tuple[int, str, bool]]:
        """How a launcher brings it from the process of a sweep's member."""
        return type(self), (int(self.signal), self.kept, self.told)

    def line(self) -> str:
        """What is printed of it."""
        asked = "Ctrl-C" if self.signal == signal.SIGINT else self.signal.name
        return f"interrupted by {asked}: {self.kept}"


class _Wish:
    """What this process was asked: signals come to a process, so there is one of it."""

    signum = 0
    since = 0.0
    deferred = False


def _heed(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as a handler is called
    now = time.monotonic()
    if not _Wish.signum:
        _Wish.signum, _Wish.since = signum, now
        if not _Wish.deferred:
            raise Interrupted(signum)
    elif now - _Wish.since > PATIENCE:
        raise Interrupted(signum)


def install() -> dict[int, Any]:
    """Take the signals, also from a library that took them since; the handlers of before.

    Only the main thread can; in another nothing is taken.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {int(signum): signal.signal(signum, _heed) for signum in HEEDED}


def _raise_again(swallowed: Any) -> None:
    """Of what is raised in a destructor or a weak reference's callback, Python makes a note only.

    A signal that came there is taken as coming a moment later. Anything else is as before.
    """
    if not isinstance(swallowed.exc_value, Interrupted):
        sys.__unraisablehook__(swallowed)
        return
    signum, _Wish.signum = _Wish.signum, 0
    timer = threading.Timer(AGAIN, _thread.interrupt_main, [signum])
    timer.daemon = True
    timer.start()


@contextmanager
def heeding(kept: str) -> Iterator[None]:
    """Inside, signals are `Interrupted`, of which one line is printed; then as before.

    Args:
        kept: what the line says unless somebody inside knew better, see `keeping`.
    """
    before, hook = install(), sys.unraisablehook
    sys.unraisablehook = _raise_again
    _Wish.signum, _Wish.deferred = 0, False
    try:
        with keeping(kept):
            yield
    except Interrupted as e:
        if not e.told and os.environ.get("RANK", "0") == "0":  # of torchrun's processes one tells
            e.told = True
            print(e.line(), file=sys.stderr, flush=True)
        raise
    finally:
        sys.unraisablehook = hook
        for signum, handler in before.items():
            signal.signal(signum, handler)
        _Wish.signum, _Wish.deferred = 0, False


@contextmanager
def keeping(kept: str) -> Iterator[None]:
    """What an interruption inside says, where nobody further inside says it."""
    try:
        yield
    except Interrupted as e:
        e.kept = e.kept or kept
        raise


def defer() -> None:
    """From now on a signal is only noted: whoever says so asks for `pending` now and then."""
    install()
    _Wish.deferred = True


def defer_no_more() -> None:
    """Signals are raised where they come again."""
    _Wish.deferred = False


def pending() -> int:
    """The number of a signal that came and was noted; 0: none did."""
    return _Wish.signum
