"""Contenders in turn: each is a process that waits until it is told to run its next round.

So they share whatever else the machine does, and none warms up another's caches or allocator.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import IO, Any, TextIO

import torch
from lightning.pytorch import Callback

GO = "go\n"


def synchronise() -> None:
    """Wait for the accelerator, if there is one."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


class Turns(Callback):
    """The contender's side: counts steps, and stops after every round until told to go on."""

    def __init__(self, warm_up: int, steps: int, answers: TextIO, started: float) -> None:
        """Count from nothing.

        Args:
            warm_up: steps before the first round.
            steps: of a round.
            answers: where the seconds of every round are written, a JSON a line.
            started: `time.time()` at which the process was started.
        """
        self.warm_up, self.steps, self.answers, self.started = warm_up, steps, answers, started
        self.done = 0
        self.begun = started
        self.stopped = False

    def tick(self) -> bool:
        """A step is over.

        Returns:
            Whether to go on.
        """
        self.done += 1
        if self.done == 1:
            synchronise()
            self.first_step_after = time.time() - self.started
        rounds, rest = divmod(self.done - self.warm_up, self.steps)
        if rest == 0 and rounds >= 0:
            synchronise()
            self.say({"seconds": time.perf_counter() - self.begun if rounds else None})
            self.stopped = sys.stdin.readline() != GO
            self.begun = time.perf_counter()
        return not self.stopped

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        """Stop the training where no turn follows."""
        if not self.tick():
            trainer.should_stop = True
            trainer.limit_val_batches = 0

    def say(self, answer: dict[str, Any]) -> None:
        """One line to the process that gives the turns."""
        print(json.dumps(answer), file=self.answers, flush=True)


class Contender:
    """The other side: a process, and the seconds a step of its rounds so far."""

    def __init__(self, spec: dict[str, Any]) -> None:
        """Start it; `Turns` there reads its arguments from ``spec``."""
        self.spec = spec
        self.step_seconds: list[float] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ltlight.bench.contender", json.dumps(spec)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()  # warmed up

    def run_round(self) -> None:
        """One round."""
        self._tell(GO)
        self.step_seconds.append(self._answer()["seconds"] / self.spec["steps"])

    def finish(self) -> dict[str, Any]:
        """What else it measured; the process is gone afterwards."""
        self._tell("stop\n")
        measured = self._answer()
        _pipe(self.process.stdin).close()
        self.process.wait()
        return measured

    def _tell(self, word: str) -> None:
        pipe = _pipe(self.process.stdin)
        pipe.write(word)
        pipe.flush()

    def _answer(self) -> dict[str, Any]:
        line = _pipe(self.process.stdout).readline()
        if not line:
            raise RuntimeError(f"the contender {self.spec} ended with {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the contender was started without pipes")
    return stream


def timed(action: Callable[[], Any], times: int = 3) -> float:
    """Median seconds of an action."""
    seconds = []
    for _ in range(times):
        synchronise()
        begun = time.perf_counter()
        action()
        synchronise()
        seconds.append(time.perf_counter() - begun)
    return sorted(seconds)[times // 2]
