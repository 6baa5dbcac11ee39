"""Rebuild the report of a sweep: ``ltlight report outputs/<name>``."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from ltlight.errors import UserError
from ltlight.interruption import heeding
from ltlight.report.build import report
from ltlight.report.results.sweep import Sweep
from ltlight.system_errors import of_the_system


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="ltlight report", description=__doc__)
    parser.add_argument("folder", type=Path, help="what a sweep wrote: outputs/<name>")
    folder = parser.parse_args(arguments).folder
    try:
        with heeding("the runs are as they were: the same command writes the report anew"):
            sweep = report(folder, Console())
        refuse_incomplete(sweep)
    except UserError as e:
        sys.exit(f"error: {e}")
    except Exception as e:
        told = of_the_system(e, folder)
        if told is None:
            raise
        sys.exit(f"error: {told}")


def refuse_incomplete(sweep: Sweep) -> None:
    """Let pass a report of at least one run, with no damaged one left out of it.

    Raises:
        UserError: naming the damaged runs; the report of the others is written.
    """
    if sweep.damaged:
        reasons = [reason for path, reason in sweep.unfinished if path in sweep.damaged]
        raise UserError(f"left out, {len(reasons)} damaged: " + "; ".join(reasons))
    if not sweep.finished:
        raise UserError(f"{sweep.path} holds no finished run: nothing to draw")


if __name__ == "__main__":
    main()
