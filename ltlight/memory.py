"""What is free, of memory and disk, and the refusal of what needs more. No torch here."""

import shutil
from pathlib import Path

from ltlight.errors import UserError


def free_memory() -> int | None:
    """Bytes that a process can have without swapping; None where the system doesn't say."""
    meminfo = Path("/proc/meminfo")
    for line in meminfo.read_text().splitlines() if meminfo.exists() else ():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def free_disk(folder: Path) -> int:
    """Bytes free where a folder is, or will be."""
    there = next(f for f in (folder.absolute(), *folder.absolute().parents) if f.exists())
    return shutil.disk_usage(there).free


def size(count: int) -> str:
    """Bytes in decimal units."""
    for unit, name in ((1e15, "PB"), (1e12, "TB"), (1e9, "GB")):
        if count >= unit:
            return f"{count / unit:,.1f} {name}"
    return f"{count / 1e6:.1f} MB"


def refuse_beyond(free: int | None, needed: int, what: str, advice: str) -> None:
    """Let pass what fits, and all where the system doesn't say what is free.

    Args:
        free: bytes, see `free_memory` and `free_disk`.
        needed: bytes.
        what: needs them, and where, as a clause: ``2,000 images need {needed} of memory``.
        advice: what to do.

    Raises:
        UserError: with both numbers.
    """
    if free is not None and needed > free:
        raise UserError(f"{what.format(needed=size(needed))}, {size(free)} are free: {advice}")


def refuse_images_beyond(free: int | None, num_images: int, side: int, where: str) -> None:
    """Let pass images whose pixels fit.

    Args:
        free: bytes.
        num_images: N, of uint8 [3, S, S].
        side: S.
        where: ``of memory``, or the disk by the key that names it.

    Raises:
        UserError: with both numbers.
    """
    refuse_beyond(
        free,
        num_images * 3 * side * side,
        f"{num_images:,} images of {side} x {side} pixels take {{needed}} {where}",
        f"lower data.image_size={side}",
    )
