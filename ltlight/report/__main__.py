"""Rebuild the report of a sweep: ``ltlight report outputs/<name>``."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from ltlight.errors import UserError
from ltlight.report.build import report


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="ltlight report", description=__doc__)
    parser.add_argument("folder", type=Path, help="what a sweep wrote: outputs/<name>")
    try:
        sweep = report(parser.parse_args(arguments).folder, Console())
        if not sweep.finished:
            raise UserError(f"{sweep.path} holds no finished run: nothing to draw")
    except UserError as e:
        sys.exit(f"error: {e}")


if __name__ == "__main__":
    main()
