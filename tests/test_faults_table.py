"""A table of faults, each with the line that it gets: no traceback, no silence, nothing lost.

As `test_bad_input_table`, of what happens to disks, files, memory and other processes. The lines
are kept in `faults.txt`; make it anew from the root of the checkout:

    python -m tests.test_faults_table
"""

import os
import re
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
import yaml

from ltlight.runs.run_folder import RunFolder
from ltlight.training import run as training
from tests.commands import SHORT, run_here, run_of

# Where JSON that is cut in half ends: its numbers are now longer, now shorter.
PLACE = re.compile(r"line \d+ column \d+ \(char \d+\)")
SNAPSHOT = Path(__file__).parent / "faults.txt"
ONE = (*SHORT, "name=one")
Held = ExitStack


@dataclass(frozen=True)
class Fault:
    """What happens, and the command that meets it.

    Attributes:
        words: of the command line.
        happens: to the outputs of a finished run, before the command or, by what is given to the
            stack, during it.
        module: of the command.
        exits: its status.
    """

    words: tuple[str, ...]
    happens: Callable[[RunFolder, Held], object]
    module: str = "ltlight.train"
    exits: int = 1


def written(name: str, content: bytes | None) -> Callable[[RunFolder, Held], None]:
    """A file of the finished run holds something else, or is gone."""

    def happens(run: RunFolder, held: Held) -> None:
        file = run.path / name
        file.unlink() if content is None else file.write_bytes(content)

    return happens


def half(name: str) -> Callable[[RunFolder, Held], None]:
    """A file of the finished run is cut in two."""

    def happens(run: RunFolder, held: Held) -> None:
        content = (run.path / name).read_bytes()
        (run.path / name).write_bytes(content[: len(content) // 2])

    return happens


def in_training(does: Callable[[RunFolder], object]) -> Callable[[RunFolder, Held], None]:
    """Something happens between the building of the parts and the training of a new run."""
    train = training.train

    def happens(run: RunFolder, held: Held) -> None:
        def first(*arguments: Any, **named: Any) -> object:
            does(next(a for a in arguments if isinstance(a, RunFolder)))
            return train(*arguments, **named)

        held.enter_context(mock.patch.object(training, "train", first))

    return happens


def raising(error: Exception) -> Callable[[RunFolder, Held], None]:
    """An allocation fails in the training."""

    def fail(_: RunFolder) -> None:
        raise error

    return in_training(fail)


def full_disk(limit: int) -> Callable[[RunFolder, Held], None]:
    """No file may grow beyond so many bytes, as on a disk that is full, or under a quota."""

    def happens(run: RunFolder, held: Held) -> None:
        held.enter_context(file_size_limit(limit))

    return happens


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    """Of this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def in_use(run: RunFolder, held: Held) -> None:
    """Another process has the folder of the finished run."""
    held.enter_context(run.lock(wait=False))


def unfinished_in_use(run: RunFolder, held: Held) -> None:
    """The same of a run that isn't finished yet."""
    (run.path / "metrics.json").unlink()
    in_use(run, held)


def record_without_a_key(run: RunFolder, held: Held) -> None:
    """The record was cut off at the end of a line."""
    record = run.config()
    del record["trainer"]
    (run.path / "config.yaml").write_text(yaml.safe_dump(record))


def outputs_is_a_file(run: RunFolder, held: Held) -> None:
    """The folder to write to can't be one."""
    shutil.rmtree("outputs")
    Path("outputs").write_text("")


def no_room_for_the_tables(run: RunFolder, held: Held) -> None:
    """A disk that has no byte left for the report."""
    shutil.rmtree(run.path / "tensorboard")
    full_disk(100)(run, held)


CUDA = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 1.00 GiB"
CPU = "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory"
NEW = (*SHORT, "name=new")
SWEEP = ("-m", *SHORT, "name=new", "seed=0,1")
REPORT = ("outputs/one",)
# of the finished run outputs/one, by what it is called.
FAULTS = {
    "config.yaml is garbage": Fault(ONE, written("config.yaml", b"{data: [")),
    "config.yaml is no text": Fault(ONE, written("config.yaml", b"\0\xff\xfe")),
    "config.yaml is empty": Fault(ONE, written("config.yaml", b"")),
    "config.yaml lacks its end": Fault(ONE, record_without_a_key),
    "config.yaml is gone": Fault(ONE, written("config.yaml", None)),
    "metrics.json is cut": Fault(ONE, half("metrics.json")),
    "metrics.json is bare": Fault(ONE, written("metrics.json", b'{"format":1}')),
    "metrics.json is a list": Fault(ONE, written("metrics.json", b"[]")),
    "metrics.json is older": Fault(ONE, written("metrics.json", b'{"format":0}')),
    "metrics.json is no text": Fault(ONE, written("metrics.json", b"\0\xff\xfe")),
    "predictions.npz is cut": Fault(ONE, half("predictions.npz")),
    "predictions.npz is garbage": Fault(ONE, written("predictions.npz", b"garbage")),
    "predictions.npz is gone": Fault(ONE, written("predictions.npz", None)),
    "a damaged member, in a sweep": Fault(
        ("-m", *ONE, "seed=0,1"), written("metrics.json", b'{"format":1}')
    ),
    "report of config.yaml": Fault(REPORT, written("config.yaml", b"{data: ["), "ltlight.report"),
    "report of metrics.json": Fault(REPORT, half("metrics.json"), "ltlight.report"),
    "report of bare metrics.json": Fault(
        REPORT, written("metrics.json", b'{"format":1}'), "ltlight.report"
    ),
    "report of predictions.npz": Fault(REPORT, half("predictions.npz"), "ltlight.report"),
    "report on a full disk": Fault(REPORT, no_room_for_the_tables, "ltlight.report"),
    "the same beside a running one": Fault(ONE, unfinished_in_use),
    "overwrite=true beside a running one": Fault((*ONE, "overwrite=true"), in_use),
    "outputs is a file": Fault(ONE, outputs_is_a_file),
    "disk full at the record": Fault(NEW, full_disk(100)),
    "disk full at the event files": Fault(NEW, full_disk(4_000)),
    "disk full at the checkpoint": Fault(NEW, full_disk(60_000)),
    "disk full in a sweep": Fault(SWEEP, full_disk(60_000)),
    "folder deleted under a run": Fault(NEW, in_training(lambda run: shutil.rmtree(run.path))),
    "folder above deleted under a run": Fault(
        NEW, in_training(lambda run: shutil.rmtree("outputs"))
    ),
    "no memory, Python": Fault(NEW, raising(MemoryError())),
    "no memory, NumPy": Fault(
        NEW, raising(MemoryError("Unable to allocate 5.00 GiB for an array"))
    ),
    "no memory, torch": Fault(NEW, raising(RuntimeError(CPU))),
    "no memory, GPU": Fault(NEW, raising(torch.OutOfMemoryError(CUDA))),
    "no memory, a sweep": Fault(SWEEP, raising(MemoryError())),
}


def told(name: str, folder: Path) -> str:
    """What a fault gets: one line ``error: …`` and no traceback; a failure otherwise."""
    fault, run = FAULTS[name], run_of(Path(), "one")
    with ExitStack() as held, mock.patch.dict(os.environ):
        before = Path.cwd()
        os.chdir(folder)
        held.callback(os.chdir, before)
        fault.happens(run, held)
        done = run_here(*fault.words, cwd=folder, module=fault.module)
    everything = done.stdout + done.stderr
    assert done.returncode == fault.exits, everything
    assert "Traceback" not in everything, everything
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, everything
    assert lines[0].isprintable(), lines
    line = lines[0].replace(f"{folder}/", "")
    line = re.sub(r"process \d+ on [\w.-]+", "process 123 on host", line)
    return re.sub(r"events\.out\.tfevents\.[\w.-]+", "events.out.tfevents", line)


def finished(folder: Path) -> None:
    """The outputs that faults happen to: of one run."""
    done = run_here(*ONE, cwd=folder)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def outputs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    finished(folder)
    return folder / "outputs"


def snapshot() -> dict[str, str]:
    """The line of each fault."""
    blocks = SNAPSHOT.read_text(encoding="utf-8").split("\n\n")
    return dict(
        block.strip().removeprefix("# ").split("\n", 1) for block in blocks if block.strip()
    )


@pytest.mark.parametrize("name", FAULTS)
def test_the_line_is_that_of_the_table(name, outputs, tmp_path):
    shutil.copytree(outputs, tmp_path / "outputs")
    assert PLACE.sub("", told(name, tmp_path)) == PLACE.sub("", snapshot()[name])


def test_the_table_has_every_fault_once_and_no_other():
    assert list(snapshot()) == list(FAULTS)


def test_what_failed_is_corrected_by_the_next_command(tmp_path, digit_tree):
    """A failed start claims nothing, whatever it failed of."""
    (digit_tree / "train" / "3" / "000.png").write_bytes(b"no picture")
    words = [w for w in SHORT if not w.startswith(("data=", "optim.lr"))]
    words += ["data=folder", "name=x"]
    endless = ("optim.lr=100", "trainer.max_epochs=30")  # some steps until the loss is
    for wrong in (
        ("data.root=nowhere", "optim.lr=0.01"),
        (f"data.root={digit_tree}", "optim.lr=0.01"),
        (f"data.root={digit_tree}", "data.on_bad_file=skip", *endless),
    ):
        failed = run_here(*words, *wrong, cwd=tmp_path)
        assert failed.returncode == 1
        assert "another configuration" not in failed.stderr
    right = (f"data.root={digit_tree}", "data.on_bad_file=skip", "optim.lr=0.01")
    done = run_here(*words, *right, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def lines() -> Iterator[str]:
    """Every block of the snapshot; faults that get no line are told on the standard error."""
    with tempfile.TemporaryDirectory() as source:
        finished(Path(source))
        for name in FAULTS:
            with tempfile.TemporaryDirectory() as folder:
                shutil.copytree(Path(source, "outputs"), Path(folder, "outputs"))
                try:
                    yield f"# {name}\n{told(name, Path(folder))}\n"
                except AssertionError as e:
                    print(name, e, file=sys.stderr)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    SNAPSHOT.write_text("\n".join(lines()), encoding="utf-8")
