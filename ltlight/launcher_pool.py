"""Processes in which a launcher trains groups of runs. No torch here: each imports its own."""

import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import active_children, get_context
from types import TracebackType
from typing import Any, Self

from ltlight import sweep_progress
from ltlight.config.schema import Config
from ltlight.data.sources.decode_chunk import end_with_parent
from ltlight.runs.run_folder import RunFolder

log = logging.getLogger(__name__)
TRAINS = "ltlight.training.heads.members"
Part = Sequence[tuple[Config, RunFolder]]  # what is trained at once


def train_here(part: Part, at_once: int) -> None:
    """Train runs in this process, those that were finished meanwhile left out."""
    with _plain_lines():
        todo = [(config, folder) for config, folder in part if not folder.is_finished]
        import_module(TRAINS).train_members(todo, at_once)
        sweep_progress.count(len(part))


class Pool:
    """Several processes, each of one thread, that train parts side by side.

    They import torch while the sweep is still looked at. One that is killed, as for want of memory,
    takes those beside it along: what they had is trained again, part by part.
    """

    def __init__(self, processes: int, at_once: int) -> None:
        """Start so many processes, for parts of so many runs."""
        self.at_once = at_once
        self.training: dict[Future[None], Part] = {}
        self.executor = ProcessPoolExecutor(processes, get_context("spawn"), _start)
        for _ in range(processes):
            self.executor.submit(_import)

    def add(self, part: Part) -> None:
        """Have a part trained by the next process that is free."""
        self.training[self.executor.submit(train_here, part, self.at_once)] = part

    def wait(self) -> None:
        """Until all parts are trained, or their runs have said why not."""
        broken = []
        for done in as_completed(self.training):
            try:
                done.result()
            except BrokenProcessPool:
                broken.append(self.training[done])
        for part in broken:
            if _is_killed_by(part, self.at_once):
                _say_killed(part)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None
    ) -> None:
        if kind is not None:  # interrupted: what is half trained is lost in any case
            for child in active_children():
                child.terminate()
        self.executor.shutdown(wait=True, cancel_futures=True)


def _is_killed_by(part: Part, at_once: int) -> bool:
    """Train a part in a process of its own; whether that was killed."""
    try:
        with ProcessPoolExecutor(1, get_context("spawn"), _start) as alone:
            alone.submit(train_here, part, at_once).result()
    except BrokenProcessPool:
        return True
    return False


def _say_killed(part: Part) -> None:
    for _, folder in part:
        if not folder.is_finished:
            reason = (
                f"the process that trained it with {len(part) - 1} others was killed, as for want "
                "of memory: repeat the command with a smaller hydra.launcher.at_once, or with "
                "hydra.launcher.processes=1"
            )
            folder.fail(reason)
            log.error("failed: %s: %s", folder.path, reason)
    sweep_progress.count(len(part))


def _import() -> None:
    import_module(TRAINS)


def _start() -> None:
    """Ctrl-C ends a process without a word: the parent says what there is."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    end_with_parent()


@contextmanager
def _plain_lines() -> Iterator[None]:
    """Log to the standard output, as the jobs of a sweep do."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    handler: Any = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    root.handlers[:], root.level = [handler], logging.INFO
    try:
        yield
    finally:
        root.handlers[:], root.level = kept, level
