"""Checkpoints of a run folder: which are whole, and which is the newest of those. No torch here.

`torch.save` writes a ZIP archive, each record of it with a CRC-32, which `torch.load` doesn't
compare: a flipped byte would be trained on. Here it is compared, of any checkpoint of torch.

    last.ckpt            where an unfinished run is resumed
    last.previous.ckpt   the one before it
    last.ckpt.tmp        one that is being written; it takes its name when it is whole
    last.damaged.ckpt    one that was found damaged, set aside
"""

import logging
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)


def damage(path: Path) -> str | None:
    """What is wrong with a checkpoint's file, or None: it is whole, to the last byte.

    Reads all of it, about a gigabyte a second.

    Raises:
        PermissionError: where it may not be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            # An archive of nothing is one too.
            bad = archive.testzip() if archive.namelist() else "its list of contents"
    except PermissionError:
        raise
    except Exception as e:  # the archive's places and sizes may be anything, and so are its errors
        size = path.stat().st_size
        return f"{size:,} bytes that are no whole checkpoint: {e}" if size else "it is empty"
    return None if bad is None else f"the checksum of {bad} in it is wrong"


def partial_of(path: Path) -> Path:
    """Where a checkpoint is written before it takes its name: in the same folder."""
    return path.with_name(path.name + ".tmp")


def previous_of(path: Path) -> Path:
    """Where the checkpoint before the last is kept."""
    return path.with_suffix(f".previous{path.suffix}")


def put_in_place(path: Path, *, keep_previous: bool) -> None:
    """Give a whole and synced `partial_of` its name, and let the directory remember it.

    Args:
        path: its name; a file of that name is replaced in one step.
        keep_previous: whether that file is kept as `previous_of`.
    """
    if keep_previous and path.exists():
        # Cut off after this line, there are a whole partial one and the previous: `newest_whole`.
        path.replace(previous_of(path))
    partial_of(path).replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, where the system can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def newest_whole(path: Path, wrong_with: Callable[[Path], str | None] = damage) -> Path | None:
    """The newest whole one of a checkpoint and what was kept of it; damaged ones are set aside.

    Each damaged one is named, and what is taken in its place.

    Args:
        path: of the checkpoint, e.g. ``last.ckpt``.
        wrong_with: what is wrong with a file, or None.

    Returns:
        ``path`` or `previous_of` it; None where there is none.
    """
    partial, previous, damaged = partial_of(path), previous_of(path), False
    for candidate in (path, partial, previous):
        if not candidate.exists() or (candidate == partial and path.exists()):
            continue
        wrong = wrong_with(candidate)
        if wrong is None:
            if candidate == partial:  # cut off between the two steps of `put_in_place`
                partial.replace(path)
            if damaged:
                log.warning("going on from %s, the one before", candidate)
            return previous if candidate == previous else path
        if candidate == partial:  # cut off while it was written, which is no damage
            continue
        damaged = True
        aside = set_aside(candidate).name
        log.warning("%s is damaged (%s): kept as %s", candidate, wrong, aside)
    if damaged:
        log.warning("no whole checkpoint is left in %s: the training starts anew", path.parent)
    return None


def set_aside(path: Path) -> Path:
    """Rename a damaged checkpoint, so that nothing is lost and nothing is in the way."""
    number, aside = 1, path.with_suffix(f".damaged{path.suffix}")
    while aside.exists():
        number += 1
        aside = path.with_suffix(f".damaged{number}{path.suffix}")
    path.replace(aside)
    return aside


def remove(path: Path) -> None:
    """Remove a checkpoint, the one before it and what is left of one that was being written."""
    for file in (path, previous_of(path), partial_of(path)):
        file.unlink(missing_ok=True)


def clear_partial(folder: Path) -> None:
    """Remove what a killed process left half written in a run folder."""
    for file in (*folder.glob("*.tmp"), *folder.glob("*.tmp.npz")):
        file.unlink(missing_ok=True)
