"""An entry of the cache of decoded images: one array, and which files could not be read."""

import json
import logging
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltlight.data.checksums import damaged, write_checksums
from ltlight.data.sources.decode_chunk import Failure
from ltlight.lock import InUse, locked

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decoded:
    """Its files and what is in them.

    Attributes:
        path: of the array, uint8 [N, 3, S, S], `.npy`.
        shape: that it has to have.
    """

    path: Path
    shape: tuple[int, int, int, int]

    @property
    def bad(self) -> Path:
        """The files that could not be read: [row, reason] of each, JSON."""
        return self.path.with_suffix(".bad.json")

    @property
    def sums(self) -> Path:
        """The checksums of both."""
        return self.path.with_suffix(".sums.json")

    @property
    def lock(self) -> Path:
        """Held by the process that makes the entry."""
        return self.path.with_suffix(".lock")

    def failures(self, *, tell: bool = False) -> list[Failure] | None:
        """The files that could not be read, of an entry that is there and sound.

        Args:
            tell: say what is damaged.

        Returns:
            None where it has to be made, or made anew.
        """
        if not (self.path.exists() and self.bad.exists()):
            return None
        try:
            # An entry of before there were checksums is believed once, if it can be read.
            wrong = damaged([self.path, self.bad], self.sums) if self.sums.exists() else []
            found = None if wrong else self._read()
        except (OSError, ValueError, TypeError, EOFError) as e:
            wrong, found = [" ".join(str(e).split())], None
        if wrong and tell:
            told = "; ".join(wrong)
            log.warning("%s is damaged (%s): it is decoded anew", self.path, told)
        elif found is not None and not self.sums.exists():
            with suppress(OSError):  # a cache that is only read stays without
                write_checksums([self.path, self.bad], self.sums)
        return found

    def _read(self) -> list[Failure]:
        images = np.load(self.path, mmap_mode="r")
        if images.shape != self.shape or images.dtype != np.uint8:
            raise ValueError(f"{images.dtype} {images.shape} instead of uint8 {self.shape}")
        failures = [(int(row), str(reason)) for row, reason in json.loads(self.bad.read_text())]
        if not all(0 <= row < len(images) for row, _ in failures):
            raise ValueError("files that there are not")
        return failures

    def put(self, partial: Path, failures: list[Failure]) -> None:
        """Make the entry of a decoded array, which stands in its folder under another name."""
        for file in (self.path, self.sums):  # never an array beside the others of another
            file.unlink(missing_ok=True)
        self.bad.write_text(json.dumps(failures))
        partial.replace(self.path)
        write_checksums([self.path, self.bad], self.sums)


def clear_half_made(folder: Path, mine: Decoded) -> None:
    """Remove what killed processes left, of every entry that no process is making now.

    Args:
        folder: of entries.
        mine: the one whose lock this process holds.
    """
    for partial in folder.glob("*.tmp"):
        lock = folder / f"{partial.name.partition('.')[0]}.lock"
        try:
            with nullcontext() if lock == mine.lock else locked(lock, partial.name, wait=False):
                partial.unlink(missing_ok=True)
        except InUse:
            continue
