"""The commands as a user gives them: in this process, or in one of their own.

A process spends four to eight seconds on importing torch and Lightning. It is worth that where the
process is what is tested: several ranks, an installed wheel, memory, what is imported and what not.
"""

import io
import logging
import os
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

from ltlight.__main__ import COMMANDS, entry, main
from ltlight.runs.run_folder import RunFolder

REPOSITORY = Path(__file__).resolve().parent.parent
# This checkout, whatever is installed, also in the processes that a command starts.
ENVIRONMENT = {"PYTHONPATH": str(REPOSITORY), "COLUMNS": "100"}
# Digits at a thirtieth of the width: a step takes milliseconds.
TINY = ("data=digits", "trainer=cpu", "model.width=0.03", "optim.lr=0.01")
SHORT = (*TINY, "trainer.max_epochs=1", "trainer.limit_batches=2")
UNSEEN = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
Done = subprocess.CompletedProcess[str]


def run_of(
    root: Path, name: str, ratio: str = "1.0", method: str = "baseline", data: str = "digits"
) -> RunFolder:
    """Where a command given in ``root`` leaves a run of seed 0."""
    return RunFolder(root / f"outputs/{name}/{data}/ratio={ratio}/method={method}/seed=0")


def ltlight(*arguments: str, cwd: Path, module: str = "ltlight.train") -> Done:
    """``python -m`` in a process and a folder of its own."""
    command = [sys.executable, "-m", module, *arguments]
    environment = os.environ | ENVIRONMENT
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def run_here(*arguments: str, cwd: Path, module: str = "ltlight.train") -> Done:
    """The same in this process, which is left as it was.

    Returns:
        Exit status and output as of a process: what `sys.exit` says, warnings and the traceback of
        an exception that nobody caught are in ``stderr``.
    """
    called = main if module == "ltlight" else entry(COMMANDS[module.removeprefix("ltlight.")].entry)
    out, err = io.StringIO(), io.StringIO()
    command = [module, *arguments]
    with redirect_stdout(out), redirect_stderr(err), _settings_of_a_process(command, cwd):
        status = _status(called)
    return subprocess.CompletedProcess(command, status, out.getvalue(), err.getvalue())


def _status(called: Callable[[], object]) -> int:
    """Call it; the exit status that Python makes of how it ends."""
    try:
        returned = called()
    except SystemExit as e:
        if e.code is None or isinstance(e.code, int):
            return e.code or 0
        print(e.code, file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return returned if isinstance(returned, int) else 0


@contextmanager
def _settings_of_a_process(command: list[str], cwd: Path) -> Iterator[None]:
    """All that a process starts with, and that a command may leave otherwise."""
    with (
        chdir(cwd),
        mock.patch.object(sys, "argv", command),
        mock.patch.dict(os.environ, ENVIRONMENT),
        _warnings_of_a_process(),
        _logging_put_back(),
        _hydra_put_back(),
        _torch_put_back(),
    ):
        yield


@contextmanager
def _warnings_of_a_process() -> Iterator[None]:
    """Python's own filters instead of pytest's; what passes them is printed."""

    def show(*warning: Any, **_: Any) -> None:
        print(warnings.formatwarning(*warning[:4]), file=sys.stderr)

    with warnings.catch_warnings():
        warnings.resetwarnings()
        for category in UNSEEN:
            warnings.simplefilter("ignore", category)
        with mock.patch.object(warnings, "showwarning", show):
            yield


@contextmanager
def _logging_put_back() -> Iterator[None]:
    """Hydra configures logging anew: it throws out pytest's handlers and opens a file for each run.

    Handlers that libraries made when they were imported write to the standard error of that time.
    """
    known = [logging.root, *logging.root.manager.loggerDict.values()]
    loggers = [each for each in known if isinstance(each, logging.Logger)]
    before = [(each, each.handlers[:], each.level, each.propagate) for each in loggers]
    factory = logging.getLogRecordFactory()
    kept = {handler for _, handlers, _, _ in before for handler in handlers}
    streams = [(h, h.stream) for h in kept if type(h) is logging.StreamHandler]
    for stream_handler, _ in streams:
        stream_handler.setStream(sys.stderr)
    logging.root.handlers.clear()
    try:
        yield
    finally:
        logging.setLogRecordFactory(factory)
        for handler in set(logging.root.handlers) - kept:
            handler.close()
        for each, handlers, level, propagate in before:
            each.handlers[:], each.propagate = handlers, propagate
            each.setLevel(level)
        for stream_handler, stream in streams:
            stream_handler.setStream(stream)


@contextmanager
def _hydra_put_back() -> Iterator[None]:
    """Nothing composed before, nothing left."""
    GlobalHydra.instance().clear()
    HydraConfig.instance().cfg = None
    try:
        yield
    finally:
        GlobalHydra.instance().clear()
        HydraConfig.instance().cfg = None


@contextmanager
def _torch_put_back() -> Iterator[None]:
    """Threads and precision of matrix products, which a run sets for its process."""
    import torch

    threads, precision = torch.get_num_threads(), torch.get_float32_matmul_precision()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision(precision)
