"""An entry of the cache of features: three arrays, a row of each for every image. No torch here.

features.npy  float16 [M, V, D]
crc32.npy     uint32 [M], of the bytes of each row: 2 GB a second on one core
done.npy      bool [M], which rows are computed
"""

import logging
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ltlight.data.cache_file import new_array
from ltlight.memory import free_disk, refuse_beyond

log = logging.getLogger(__name__)
CHUNK = 4096  # rows compared at once
Mode = Literal["r", "r+"]


def checksums(rows: np.ndarray) -> np.ndarray:
    """CRC-32 of the bytes of each of some rows [n, …]; uint32 [n]."""
    return np.array([zlib.crc32(row) for row in np.ascontiguousarray(rows)], dtype=np.uint32)


@dataclass(frozen=True)
class Arrays:
    """The arrays of an entry, memory-mapped."""

    features: np.ndarray
    crc32: np.ndarray
    done: np.ndarray

    def sound(self, rows: np.ndarray) -> np.ndarray:
        """Which rows, of int [n] ascending, are computed and as they were written; bool [n]."""
        sound = np.array(self.done[rows])
        for chunk in np.array_split(np.flatnonzero(sound), -(-len(rows) // CHUNK) or 1):
            sound[chunk] = self.crc32[rows[chunk]] == checksums(self.features[rows[chunk]])
        return sound

    def put(self, rows: np.ndarray, features: list[np.ndarray]) -> None:
        """Fill rows int [B] with the features [B, D] of each view."""
        stacked = np.stack(features, axis=1).astype(self.features.dtype)
        self.features[rows] = stacked
        self.crc32[rows] = checksums(stacked)
        self.done[rows] = True

    def flush(self) -> None:
        """Write what is filled: the marks last, a place that is marked is written."""
        for array in (self.features, self.crc32, self.done):
            assert isinstance(array, np.memmap)
            array.flush()


@dataclass(frozen=True)
class FeatureEntry:
    """Its folder and what is in it.

    Attributes:
        path: the folder.
        shape: (M, V, D) of the features.
    """

    path: Path
    shape: tuple[int, int, int]

    @property
    def features(self) -> Path:
        """The file of the features."""
        return self.path / "features.npy"

    def holds(self, rows: np.ndarray) -> bool:
        """Whether rows, int [n], are there and sound; nothing is made or written."""
        arrays = self._mapped("r")
        return arrays is not None and bool(arrays.sound(rows).all())

    def opened(self) -> Arrays:
        """The arrays to be filled: those that are there, or new ones. The lock is held.

        Raises:
            UserError: where the disk has no room for them.
        """
        self._add_checksums()
        arrays = self._mapped("r+")
        if arrays is None:
            if self.features.exists():
                log.warning("%s is damaged: its features are computed anew", self.path)
            self._make()
            arrays = self._mapped("r+")
            assert arrays is not None
        return arrays

    def lacking(self, arrays: Arrays, rows: np.ndarray) -> np.ndarray:
        """Which of some rows, int [n] ascending, have to be computed; damaged ones are said."""
        sound = arrays.sound(rows)
        wrong = int((arrays.done[rows] & ~sound).sum())
        if wrong:
            told = "%d rows of %s are damaged: they are computed anew"
            log.warning(told, wrong, self.features)
        return rows[~sound]

    def _mapped(self, mode: Mode) -> Arrays | None:
        """The arrays, or None: they aren't there, or not what they have to be."""
        wanted = list(self._parts().values())
        try:
            # Read first: where a file is short, a map to be written would enlarge it.
            modes: tuple[Mode, Mode] = ("r", mode)
            for each in modes:
                found = [np.load(self.path / name, mmap_mode=each) for name in self._parts()]
                if [(array.dtype, array.shape) for array in found] != wanted:
                    return None
        except (OSError, ValueError, EOFError):
            return None
        return Arrays(*found)

    def _add_checksums(self) -> None:
        """Of an entry of before there were any, which is believed once."""
        names = [name for name in self._parts() if not (self.path / name).exists()]
        if names != ["crc32.npy"]:
            return
        partial = self.path / "crc32.npy.tmp"
        new_array(partial, *self._parts()["crc32.npy"])
        try:
            features, done = (
                np.load(self.path / f"{n}.npy", mmap_mode="r") for n in ("features", "done")
            )
            sums = np.load(partial, mmap_mode="r+")
            for rows in np.array_split(np.flatnonzero(done), -(-len(done) // CHUNK) or 1):
                sums[rows] = checksums(features[rows])
            sums.flush()
        except (OSError, ValueError, EOFError, IndexError):  # what it is of is damaged
            return
        partial.replace(self.path / "crc32.npy")

    def _parts(self) -> dict[str, tuple[np.dtype, tuple[int, ...]]]:
        """Name, type and shape of each array, in the order of `Arrays`."""
        rows = self.shape[:1]
        return {
            "features.npy": (np.dtype(np.float16), self.shape),
            "crc32.npy": (np.dtype(np.uint32), rows),
            "done.npy": (np.dtype(bool), rows),
        }

    def _make(self) -> None:
        refuse_beyond(
            free_disk(self.path),
            2 * int(np.prod(self.shape)),
            f"features of {self.shape[0]:,} images take {{needed}} in {self.path.parent}",
            "take fewer model.views, or another data.cache",
        )
        (self.path / "done.npy").unlink(missing_ok=True)  # the marks go first and come last
        for name, (dtype, shape) in self._parts().items():
            partial = self.path / f"{name}.tmp"
            new_array(partial, dtype, shape)
            partial.replace(self.path / name)
