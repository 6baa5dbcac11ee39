"""What is said of the files that were written, and of the page last, where one looks."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console


def say_written(paths: Iterable[Path], page: Path | None, console: Console) -> None:
    """Print a line a file, and the address of the page, of which terminals make a link.

    Args:
        paths: of the files.
        page: one of them; None where there is nothing to open.
        console: for lines that aren't broken, whatever its width.
    """
    lines = [f"wrote {path}" for path in paths]
    lines += [f"open {page.resolve().as_uri()}"] if page else []
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
