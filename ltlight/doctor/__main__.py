"""``ltlight doctor``: what this installation and this machine have, and whether training can run.

    ltlight doctor           # exit status 1, and a line saying why, if training can't run
    ltlight doctor --json    # the same for a bug report

Nothing is written by looking.
"""

import argparse
import json
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from ltlight.doctor.installation import INSTALL, extras, versions
from ltlight.doctor.machine import cache_row, machine, outputs_row
from ltlight.doctor.row import Row

Sections = dict[str, list[Row]]


def main(arguments: list[str] | None = None) -> None:
    """Print the table or its JSON; exits with status 1 and one line where training can't run."""
    parser = argparse.ArgumentParser(prog="ltlight doctor", description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="the same as JSON, for a bug report")
    args = parser.parse_args(arguments)
    try:
        sections = examine()
        problems = [row.problem for rows in sections.values() for row in rows if row.problem]
        if args.json:
            values = {title: {r.name: r.value for r in rows} for title, rows in sections.items()}
            print(json.dumps(values | {"problems": problems}, indent=1))
        else:
            show(sections)
    except (PackageNotFoundError, ModuleNotFoundError) as e:  # without it there is no examining
        sys.exit(f"error: {e.name} is not installed; {INSTALL} .")
    if problems:
        remedy = f"; {INSTALL} ." if any(row.problem for row in sections["versions"]) else ""
        sys.exit(f"error: training can't run: {'; '.join(problems)}{remedy}")


def examine() -> Sections:
    """Look at everything, section by section."""
    return {
        "versions": versions(),
        "machine": machine(),
        "folders": [cache_row(), outputs_row(Path("outputs"))],
        "extras": extras(),
    }


def show(sections: Sections) -> None:
    """One table, a line between the sections; in red what hinders a run."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=SIMPLE, show_header=False)
    for title, rows in sections.items():
        table.add_row(f"[bold]{title}[/]")
        for row in rows:
            cells = [escape(cell) for cell in (row.name, row.shown, row.note)]
            table.add_row(*cells, style="red" if row.problem else None)
        table.add_section()
    Console().print(table)


if __name__ == "__main__":
    main()
