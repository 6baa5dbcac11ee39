"""A Lightning logger that writes the metrics of every epoch into the run folder."""

import json
import os
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only

from ltlight.runs.whole_files import write_text

Key = tuple[int | None, tuple[str, ...]]  # number of epochs done, and what was measured


class CurvesLogger(Logger):
    """A logger of the learning curves into a file of the run folder."""

    @property
    def name(self) -> str:
        """Of the file."""
        return "curves"

    @property
    def version(self) -> int:
        """There is one file a run."""
        return 0

    @rank_zero_only
    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the configuration has a file of its own."""


class JsonlLogger(CurvesLogger):
    """Adds a JSON line whenever Lightning logs: {"epoch": 1, "train/loss": …}.

    Lightning's CSVLogger deletes the earlier epochs when a run is resumed; here the lines stay, and
    what a resumed run logs again takes the place of its earlier line.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self._lines: dict[Key, str] | None = None

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Add one line; ``step`` is the number of epochs done."""
        finite = {k: v for k, v in metrics.items() if k != "epoch" and v == v}
        key, line = (step, tuple(finite)), json.dumps({"epoch": step, **finite}) + "\n"
        known = self._known()
        before, known[key] = known.get(key), line
        if before is None:
            with self.file.open("a") as lines:
                lines.write(line)
        elif before != line:
            self._write_anew()

    @rank_zero_only
    def save(self) -> None:
        """Have the lines written to the disk: a checkpoint that goes on after them follows."""
        if self.file.exists():
            with self.file.open("a") as lines:
                os.fsync(lines.fileno())

    def _known(self) -> dict[Key, str]:
        """The lines of the file, without those that a kill cut short or that are there twice."""
        if self._lines is None:
            text = self.file.read_text(errors="replace") if self.file.exists() else ""
            self._lines = {}
            for line in text.splitlines(keepends=True):
                key = _key(line)
                if key is not None:
                    self._lines[key] = line
            if text != "".join(self._lines.values()):
                self._write_anew()
        return self._lines

    def _write_anew(self) -> None:
        write_text(self.file, "".join((self._lines or {}).values()))


def _key(line: str) -> Key | None:
    """What a line is of; None for one that is none."""
    if not line.endswith("\n"):
        return None
    try:
        entry = json.loads(line)
        return entry.pop("epoch"), tuple(entry)
    except (ValueError, AttributeError, KeyError, TypeError):
        return None
