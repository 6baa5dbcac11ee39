"""Rebuild the tables of a sweep: ``python -m ltlight.report outputs/<name>``."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from ltlight.errors import UserError
from ltlight.report import table
from ltlight.report.results import read_sweep


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ltlight.report", description=__doc__)
    parser.add_argument("folder", type=Path, help="what a sweep wrote: outputs/<name>")
    folder = parser.parse_args(arguments).folder
    console = Console()
    try:
        sweep = read_sweep(folder)
        table.show(sweep, console)
        for path in table.write(sweep):
            console.print(f"wrote {path}", markup=False, soft_wrap=True)
    except UserError as e:
        sys.exit(f"error: {e}")


if __name__ == "__main__":
    main()
