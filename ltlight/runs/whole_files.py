"""Files that are there whole or not at all: written beside their place, then put there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np


@contextmanager
def replaced(path: Path, partial: Path) -> Iterator[Path]:
    """Write a file beside another, then put it in the place of that.

    A reader sees the old one or the new one, after a loss of power as well; what fails leaves the
    old one and no half file.

    Args:
        path: of the file.
        partial: where it is written, in the same folder.
    """
    try:
        yield partial
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink()


def write_text(path: Path, text: str, errors: str = "strict") -> None:
    """Replace a text file, UTF-8."""
    with replaced(path, path.with_name(path.name + ".tmp")) as partial:
        partial.write_text(text, encoding="utf-8", errors=errors)


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Replace a compressed archive of arrays, `.npz`."""
    content: dict[str, Any] = arrays
    with replaced(path, path.with_suffix(".tmp.npz")) as partial:
        np.savez_compressed(partial, **content)
