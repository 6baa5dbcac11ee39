"""Image files to one uint8 array on disk, decoded once by all cores and mapped into memory.

Nothing here imports torch: the decoding processes start in a fraction of a second.
"""

import hashlib
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ltlight.data.cache_file import new_array
from ltlight.data.cache_folder import made_cache
from ltlight.data.sources.decode_chunk import Chunk, Failure, decode_chunk, end_with_parent
from ltlight.data.sources.decoded import Decoded, clear_half_made
from ltlight.data.sources.picture import Preprocessing
from ltlight.errors import UserError
from ltlight.lock import locked
from ltlight.memory import free_disk, free_memory, refuse_images_beyond

log = logging.getLogger(__name__)
CHUNK = 128  # files a task: long enough to hide the hand-over, short enough for a smooth bar
POOL_FROM = 2000  # files; below, starting processes costs more than it brings
NAMED = 50  # unreadable files; beyond, all are of one cause
VERSION = 2  # of what is written; raise it when decoding or resizing changes


def decode(
    files: list[str],
    stamps: np.ndarray,
    preprocessing: Preprocessing,
    cache: Path,
    *,
    skip_bad: bool,
    title: str = "",
) -> tuple[np.ndarray, np.ndarray]:
    """The images of files, from the cache if the same were decoded before.

    The cache is keyed by the files' names, sizes and times, the preprocessing, and the decoder's
    version, so a changed file is decoded anew.

    Args:
        files: N absolute paths.
        stamps: int64 [N, 2], size and time of each.
        preprocessing: makes all of one size S.
        cache: folder the images are kept in.
        skip_bad: pass over what can't be read.
        title: what the progress bar says is decoded.

    Returns:
        (images uint8 [N, 3, S, S], a memory map that is never written back; which of them were
        read, bool [N], all unless ``skip_bad``: the others are black).

    Raises:
        UserError: naming the unreadable files, unless ``skip_bad``; for more bytes than are free.
    """
    side = preprocessing.image_size
    entry = Decoded(
        cache / "trees" / f"{_key(files, stamps, preprocessing)}.npy", (len(files), 3, side, side)
    )
    bad = entry.failures()
    if bad is None:
        _refuse_too_large(len(files), side, entry.path.parent)
        made_cache(cache, "trees")
        with locked(entry.lock, f"the cache of {title or 'these images'}", wait=True):
            bad = entry.failures(tell=True)  # another process may have made it meanwhile
            if bad is None:
                clear_half_made(entry.path.parent, entry)
                bad = _decoded_into(entry, files, preprocessing, title)
    if bad:
        _complain(files, bad, skip_bad)
    readable = np.ones(len(files), dtype=bool)
    readable[[row for row, _ in bad]] = False
    return np.load(entry.path, mmap_mode="c"), readable


def _decoded_into(
    entry: Decoded, files: list[str], preprocessing: Preprocessing, title: str
) -> list[Failure]:
    """Decode anew; the array and its failures are there at once or not at all."""
    partial = entry.path.with_name(f"{entry.path.stem}.{os.getpid()}.tmp")
    try:
        bad = _decode_all(files, preprocessing, partial, title)
        if len(bad) < len(files):
            entry.put(partial, bad)
    finally:
        partial.unlink(missing_ok=True)
    return bad


def _refuse_too_large(num_files: int, side: int, folder: Path) -> None:
    """Of the disk, which all images go to, and of memory, which each process's go through."""
    refuse_images_beyond(free_disk(folder), num_files, side, "of the disk of data.cache")
    at_once = 2 * min(os.cpu_count() or 1, num_files)  # a picture and its array each
    refuse_images_beyond(free_memory(), at_once, side, "of memory")


def _complain(files: list[str], bad: list[Failure], skip_bad: bool) -> None:
    named = ", ".join(f"{files[row]} ({why})" for row, why in bad[:NAMED])
    more = f" and {len(bad) - NAMED:,} more" if len(bad) > NAMED else ""
    what = f"{len(bad)} of {len(files)} images can't be read: {named}{more}"
    if len(bad) == len(files):
        raise UserError(f"{what}: mend them, or name other images with data.root=…")
    if not skip_bad:
        raise UserError(f"{what}: mend or remove them, or pass them over: data.on_bad_file=skip")
    log.warning("passed over: %s", what)


def _key(files: list[str], stamps: np.ndarray, preprocessing: Preprocessing) -> str:
    digest = hashlib.sha256(f"{VERSION} {preprocessing}\n".encode())
    digest.update("\0".join(files).encode(errors="surrogateescape"))
    digest.update(stamps.tobytes())
    return digest.hexdigest()[:24]


def _decode_all(
    files: list[str], preprocessing: Preprocessing, target: Path, title: str
) -> list[Failure]:
    """Decode into a new .npy file."""
    from rich.progress import track  # 0.1 s that reading from the cache need not wait for

    shape = (len(files), 3, preprocessing.image_size, preprocessing.image_size)
    new_array(target, np.uint8, shape)
    chunks = (
        (preprocessing, str(target), start, files[start : start + CHUNK])
        for start in range(0, len(files), CHUNK)
    )
    total = -(-len(files) // CHUNK)
    bar = f"Decoding {len(files):,} images of {title}"
    failures = track(_run(chunks, len(files)), bar, total=total, transient=True)
    return sorted(failure for chunk in failures for failure in chunk)


def _run(chunks: Iterator[Chunk], num_files: int) -> Iterator[list[Failure]]:
    if num_files < POOL_FROM:
        yield from map(decode_chunk, chunks)
        return
    # Spawned, not forked: torch's threads may be running by now and do not survive a fork.
    context = get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, initializer=end_with_parent) as pool:
        try:
            yield from pool.map(decode_chunk, chunks)
        except BrokenProcessPool as e:
            raise UserError(
                "a process that decoded images was killed, as the system does where memory runs "
                "out: end what else runs here, lower data.max_pixels, or decode on fewer cores "
                "(taskset)"
            ) from e
