"""One attempt at a command, in processes of its own that a signal may cut off.

They are forked from a process that has imported everything: a command is then there after a second
in the place of five or more, and is otherwise the same.
"""

import faulthandler
import io
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

Step = tuple[str, int, int]  # run folder and stage, epoch, batch
GRACE = 60.0  # seconds in which a process that was asked to stop has to end


@dataclass(frozen=True)
class Attempt:
    """How it went.

    Attributes:
        codes: exit status of every process, negative for the signal that killed it.
        killed: whether a signal was sent before it ended.
        steps: of training, with the second in which each was begun.
        errors: the standard error of the first process.
        stuck: where the threads of a process were that outlived its time.
        orphans: whether processes were left when it had ended.
    """

    codes: tuple[int | None, ...]
    killed: bool
    steps: tuple[tuple[Step, float], ...]
    errors: str
    stuck: str
    orphans: bool


def attempt(
    arguments: tuple[str, ...],
    folder: Path,
    processes: int,
    after: float | None,
    signum: int,
    inside: Callable[[], object] = lambda: None,
    limit: float = 600,
) -> Attempt:
    """Give a command in a folder, and send all its processes a signal after some seconds.

    Args:
        arguments: of `ltlight`.
        folder: to work in.
        processes: that train together.
        after: seconds; None: it is left to end.
        signum: of the signal.
        inside: called in each process before the command.
        limit: seconds that a command which is left to end may take.
    """
    limit = limit if after is None else after + GRACE
    context = multiprocessing.get_context("fork")
    log, port = folder.parent / f"{folder.name}.log", free_port()
    log.mkdir(exist_ok=True)
    for file in log.iterdir():
        file.unlink()
    ranks = [
        context.Process(
            target=_command, args=(arguments, folder, log, rank, processes, port, inside, limit)
        )
        for rank in range(processes)
    ]
    for process in ranks:
        process.start()
    groups = [process.pid for process in ranks]
    store = context.Process(target=_host_store, args=(port, processes), daemon=True)
    if processes > 1:
        store.start()
    deadline = None if after is None else time.monotonic() + after
    killed = _wait(ranks, deadline) if deadline else False
    if killed:
        for process in ranks:
            with suppress(ProcessLookupError):
                os.kill(process.pid or 0, signum)
    for process in ranks:
        _join(process, GRACE if killed else limit)
    for process in ranks:
        process.kill()  # one that is still there
        process.join()
    stuck = "".join(file.read_text() for file in log.glob("stack-*"))
    if processes > 1:
        store.kill()
    codes = tuple(process.exitcode for process in ranks)
    orphans = _left(groups)
    steps = log / "steps-0"
    lines = steps.read_text().splitlines() if steps.exists() else []
    begun, errors = tuple(map(_parsed, lines)), (log / "err-0").read_text()
    return Attempt(codes, killed, begun, errors, stuck, orphans)


def _wait(ranks: list, deadline: float) -> bool:
    """Wait for a moment; whether some process is still there."""
    while time.monotonic() < deadline:
        if not any(process.is_alive() for process in ranks):
            return False
        time.sleep(0.01)
    return any(process.is_alive() for process in ranks)


def _join(process: BaseProcess, seconds: float) -> None:
    """Wait for its end; a while in which the whole machine stands still counts as a moment."""
    for _ in range(int(10 * seconds)):
        process.join(0.1)
        if not process.is_alive():
            return


def _left(groups: list[int | None]) -> bool:
    """Whether a process of the groups is there, after the seconds in which it should have gone."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        alive = False
        for group in groups:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group or 0, 0)
                alive = True
        if not alive:
            return False
        time.sleep(0.05)
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group or 0, signal.SIGKILL)
    return True


def _parsed(line: str) -> tuple[Step, float]:
    stage, epoch, batch, second = line.split("\t")
    return (stage, int(epoch), int(batch)), float(second)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _command(
    arguments: tuple[str, ...],
    folder: Path,
    log: Path,
    rank: int,
    processes: int,
    port: int,
    inside: Callable[[], object],
    limit: float,
) -> None:
    os.setsid()
    os.chdir(folder)
    if processes > 1:  # what torchrun says
        told = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": processes, "GROUP_RANK": 0}
        told |= {"LOCAL_WORLD_SIZE": processes, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        os.environ.update({name: str(value) for name, value in told.items()})
        os.environ |= {"TORCHELASTIC_RUN_ID": "stress", "TORCHELASTIC_USE_AGENT_STORE": "True"}
    for number, name in ((1, f"out-{rank}"), (2, f"err-{rank}")):
        os.dup2(os.open(log / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdout = io.TextIOWrapper(open(1, "wb", 0, closefd=False), write_through=True)  # noqa: SIM115
    sys.stderr = io.TextIOWrapper(open(2, "wb", 0, closefd=False), write_through=True)  # noqa: SIM115
    _note_steps(log / f"steps-{rank}")
    stack = (log / f"stack-{rank}").open("w")
    faulthandler.dump_traceback_later(limit - 5, file=stack)
    from ltlight.__main__ import main

    inside()
    sys.exit(main(list(arguments)))


def _host_store(port: int, processes: int) -> None:
    """Where the processes meet, which torchrun keeps in a process that outlives them."""
    from datetime import timedelta

    import torch.distributed as dist

    store = dist.TCPStore(  # noqa: F841 - it serves as long as it is there
        "127.0.0.1",
        port,
        processes,
        is_master=True,
        wait_for_workers=False,
        timeout=timedelta(seconds=600),
    )
    time.sleep(3600)


def _note_steps(file: Path) -> None:
    """Write down every step of training when it is begun."""
    from ltlight.training.classifier import LongTailClassifier

    original = LongTailClassifier.training_step
    lines = file.open("a", buffering=1)

    def noted(self, batch, batch_idx):
        root = Path(self.trainer.checkpoint_callback.path)
        stage = os.path.relpath(root)
        lines.write(f"{stage}\t{self.current_epoch}\t{batch_idx}\t{time.monotonic()}\n")
        return original(self, batch, batch_idx)

    LongTailClassifier.training_step = noted


def import_everything() -> None:
    """What the commands import, before they are forked off."""
    with suppress(ImportError):  # an extra, which the feature pass alone needs
        import timm  # noqa: F401

    import ltlight.report.__main__
    import ltlight.report.document.page
    import ltlight.report.sections.contents
    import ltlight.report.sweep_callback
    import ltlight.train
    import ltlight.training.features
    import ltlight.training.run  # noqa: F401
