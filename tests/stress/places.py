"""SIGTERM at each place where Python looks for signals, a run a place.

    python -m tests.stress.places --only "second stage" --files concurrent/futures/thread.py

A handler runs when a function begins, when a call has returned and where a loop goes back. Random
moments find what goes wrong at one of these once in hundreds of signals; here each gets its own.
"""

import argparse
import dis
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tests.stress.attempt import Attempt, attempt, import_everything
from tests.stress.scenarios import SCENARIOS, Scenario
from tests.stress.stress import Tally, alone, check_end, prepared

# What holds locks and starts threads.
FILES = (
    "threading.py",
    "queue.py",
    "concurrent/futures/thread.py",
    "concurrent/futures/process.py",
    "tensorboard/summary/writer/event_file_writer.py",
)
SEES_LESS = (3, 13)  # from this version on instructions are traced from a function's second call
LIMIT = 120.0  # seconds that a run may take before it counts as hanging


@cache
def looks(code: CodeType) -> frozenset[int]:
    """The offsets of a code's instructions before which Python looks for signals."""
    found, before = set(), ""
    for instruction in dis.get_instructions(code):
        if before.startswith(("RESUME", "CALL")):
            found.add(instruction.offset)
        if instruction.opname.startswith("JUMP_BACKWARD"):
            found.add(instruction.argval)
        before = instruction.opname
    return frozenset(found)


class Tracer:
    """Counts the places of a command that are no training, and sends a signal at one of them.

    Of places that are passed several times from the same callers the first time counts.
    """

    def __init__(self, files: tuple[str, ...], number: int, told: Path) -> None:
        """See to a process.

        Args:
            files: ends of the paths of the files whose places are counted.
            number: of the place that gets the signal, from 1; 0: none does.
            told: file that every place is written to.
        """
        self.files, self.number = files, number
        self.lines = told.open("w", buffering=1)
        self.seen: set[tuple[Any, ...]] = set()

    def start(self) -> None:
        """Trace the calls that the caller makes from here on."""
        sys._getframe().f_trace_opcodes = True  # else 3.12 begins with a function's second call
        sys.settrace(self)

    def __call__(self, frame: FrameType, event: str, arg: object) -> Callable[..., Any] | None:
        """As `sys.settrace` calls it: when a function begins."""
        if not frame.f_code.co_filename.endswith(self.files):
            return None
        frame.f_trace_opcodes = True
        return self._step

    def _step(self, frame: FrameType, event: str, arg: object) -> Callable[..., Any]:
        from ltlight.interruption import _Wish

        code = frame.f_code
        if event != "opcode" or _Wish.deferred or frame.f_lasti not in looks(code):
            return self._step
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            return self._step  # nobody heeds signals yet
        callers = tuple(_callers(frame))
        place = (code, frame.f_lasti, callers)
        if place not in self.seen:
            self.seen.add(place)
            name = f"{code.co_filename}:{frame.f_lineno} {code.co_name}"
            self.lines.write(f"{name}, called by {', '.join(callers)}\n")
            if len(self.seen) == self.number:
                signal.raise_signal(signal.SIGTERM)
        return self._step


def _callers(frame: FrameType, most: int = 3) -> list[str]:
    names = []
    while (back := frame.f_back) is not None and len(names) < most:
        names.append(f"{back.f_code.co_name}:{back.f_lineno}")
        frame = back
    return names


def every_place(
    scenario: Scenario, files: tuple[str, ...], step: int, root: Path, tally: Tally
) -> None:
    """A run for each place of a scenario, or for each ``step``-th.

    Args:
        scenario: of one process.
        files: see `Tracer`.
        step: between two places that get a signal.
        root: an empty folder to work in.
        tally: where faults are added.
    """
    told, (reference, _) = root / "places", alone(scenario, root, tally)

    def trace(number: int) -> None:
        Tracer(files, number, told).start()

    def run(number: int) -> Attempt:
        folder = prepared(scenario, root / f"{number:04d}", reference)
        inside = partial(trace, number)
        return attempt(scenario.arguments, folder, 1, None, 0, inside, LIMIT)

    run(0)
    places = told.read_text().splitlines()
    for number in range(1, len(places) + 1, step):
        known = len(tally.faults)
        tried = run(number)
        tally.runs += 1
        check_end(tried, signal.SIGTERM, f"{scenario.name} at {places[number - 1]}", tally)
        print(f"{number} of {len(places)}: {places[number - 1]}", flush=True)
        for fault in tally.faults[known:]:
            print(f"  {fault}", flush=True)


def main() -> None:
    """Exits with 1 where something was not as it should be."""
    names = [name for name, scenario in SCENARIOS.items() if scenario.processes == 1]
    parser = argparse.ArgumentParser(prog="python -m tests.stress.places", description=__doc__)
    parser.add_argument("--only", nargs="+", default=names, choices=names)
    parser.add_argument("--files", nargs="+", default=FILES, help="ends of paths of source files")
    parser.add_argument("--step", type=int, default=1, help="places from one run to the next")
    args = parser.parse_args()
    if sys.version_info >= SEES_LESS:
        parser.error(
            "needs Python 3.11 or 3.12: 3.13 traces a function's second call, not its first"
        )
    import_everything()
    tally = Tally()
    for name in args.only:
        with tempfile.TemporaryDirectory(prefix="ltlight-places-") as root:
            every_place(SCENARIOS[name], tuple(args.files), args.step, Path(root), tally)
    print(f"{tally.runs} places, {len(tally.faults)} faults")
    sys.exit(bool(tally.faults))


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    main()
