"""Image files to one uint8 array on disk, decoded once by all cores and mapped into memory.

Nothing here imports torch: the decoding processes start in a tenth of a second.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.progress import track

from ltlight.data.sources.picture import Preprocessing, UnreadablePicture
from ltlight.errors import UserError

log = logging.getLogger(__name__)
CHUNK = 256  # files a task: long enough to hide the hand-over, short enough for a smooth bar
POOL_FROM = 2000  # files; below, starting processes costs more than it brings
VERSION = 2  # of what is written; raise it when decoding or resizing changes


@dataclass(frozen=True)
class Listing:
    """The image files of one split.

    Attributes:
        root: what the files lie under.
        class_names: sorted folder names; the position is the label, as in ImageFolder.
        files: paths relative to ``root``, class by class, sorted.
        labels: int64 [len(files)].
        stamps: (bytes, modification time in ns) of every file, what a cache is checked against.
    """

    root: Path
    class_names: list[str]
    files: list[str]
    labels: np.ndarray
    stamps: list[tuple[int, int]]


def decode(
    listing: Listing, preprocessing: Preprocessing, cache: Path, skip_bad: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The images of a listing, from the cache if the same files were decoded before.

    The cache is keyed by the files' names, sizes and times, the preprocessing, and the decoder's
    version, so a changed file is decoded anew.

    Returns:
        (images uint8 [N, 3, S, S], a memory map that is never written back; labels int64 [N]),
        without the unreadable files if ``skip_bad``; and which files were read, bool [files].

    Raises:
        UserError: naming every unreadable file, unless ``skip_bad``.
    """
    path = cache / "trees" / f"{_key(listing, preprocessing)}.npy"
    bad_path = path.with_suffix(".bad.json")
    if not (path.exists() and bad_path.exists()):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.stem}.{os.getpid()}.tmp")
        try:
            bad = _decode_all(listing, preprocessing, partial)
            if len(bad) < len(listing.files):
                _drop_rows(partial, [row for row, _ in bad])
                bad_path.write_text(json.dumps(bad))
                partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    else:
        bad = json.loads(bad_path.read_text())
    if bad:
        _complain(listing, bad, skip_bad)
    keep = np.ones(len(listing.files), dtype=bool)
    keep[[row for row, _ in bad]] = False
    return np.load(path, mmap_mode="c"), listing.labels[keep], keep


def _complain(listing: Listing, bad: list[tuple[int, str]], skip_bad: bool) -> None:
    named = ", ".join(f"{listing.root / listing.files[row]} ({why})" for row, why in bad)
    what = f"{len(bad)} of {len(listing.files)} images can't be read: {named}"
    if not skip_bad or len(bad) == len(listing.files):
        raise UserError(f"{what}: mend or remove them, or pass them over: data.on_bad_file=skip")
    log.warning("passed over: %s", what)


def _key(listing: Listing, preprocessing: Preprocessing) -> str:
    digest = hashlib.sha256(f"{VERSION} {preprocessing} {listing.root.resolve()}".encode())
    for file, stamp in zip(listing.files, listing.stamps, strict=True):
        digest.update(f"{file} {stamp}\n".encode())
    return digest.hexdigest()[:24]


def _decode_all(
    listing: Listing, preprocessing: Preprocessing, target: Path
) -> list[tuple[int, str]]:
    """Decode into a new .npy file; returns (row, reason) of every file that failed."""
    side = preprocessing.image_size
    shape = (len(listing.files), 3, side, side)
    np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=shape).flush()
    tasks = [
        (
            preprocessing,
            target,
            start,
            [str(listing.root / f) for f in listing.files[start : start + CHUNK]],
        )
        for start in range(0, shape[0], CHUNK)
    ]
    title = f"Decoding {shape[0]:,} images of {listing.root.name}"
    return [
        failure
        for chunk in track(_run(tasks, shape[0]), title, total=len(tasks), transient=True)
        for failure in chunk
    ]


def _run(tasks: list[tuple], num_files: int) -> Iterator[list[tuple[int, str]]]:
    if num_files < POOL_FROM:
        yield from map(_decode_chunk, tasks)
        return
    # Spawned, not forked: torch's threads may be running by now and do not survive a fork.
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        yield from pool.map(_decode_chunk, tasks)


def _decode_chunk(task: tuple[Preprocessing, Path, int, list[str]]) -> list[tuple[int, str]]:
    preprocessing, target, start, files = task
    images = np.load(target, mmap_mode="r+")
    failures = []
    for row, file in enumerate(files, start):
        try:
            images[row] = preprocessing.read(file)
        except UnreadablePicture as e:
            failures.append((row, str(e)))
    images.flush()
    return failures


def _drop_rows(path: Path, rows: list[int]) -> None:
    """Write the array anew without some rows (unreadable files are rare, so this is too)."""
    if rows:
        kept = np.delete(np.load(path, mmap_mode="r"), rows, axis=0)
        with path.open("wb") as file:
            np.save(file, kept)
