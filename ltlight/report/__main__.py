"""Rebuild the report of a sweep: ``ltlight report outputs/<name>``.

Of several sweeps, rank their methods over data sets: ``ltlight report outputs/a outputs/b``.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from ltlight.errors import UserError
from ltlight.interruption import heeding
from ltlight.report.across.build import report_across
from ltlight.report.build import report
from ltlight.report.results.sweep import Sweep
from ltlight.system_errors import of_the_system

ACROSS = Path("outputs/across")


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="ltlight report", description=__doc__)
    parser.add_argument(
        "folders",
        type=Path,
        nargs="+",
        metavar="folder",
        help="what a sweep wrote: outputs/<name>; of several, methods are ranked over data sets",
    )
    parser.add_argument(
        "--into", type=Path, help=f"where the ranking of several sweeps goes: {ACROSS}"
    )
    given = parser.parse_args(arguments)
    folders, into = given.folders, given.into
    written = folders[0] if len(folders) == 1 else into or ACROSS
    try:
        with heeding("the runs are as they were: the same command writes the report anew"):
            if len(folders) > 1:
                report_across(folders, written, Console())
                return
            if into is not None:
                raise UserError(f"--into {into}: of one sweep the report stands beside its runs")
            sweep = report(folders[0], Console())
        refuse_incomplete(sweep)
    except UserError as e:
        sys.exit(f"error: {e}")
    except Exception as e:
        told = of_the_system(e, written)
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
