"""``ltlight inspect``: what a set of images is like, before anything is trained.

    ltlight inspect data=folder data.root=~/pictures
    ltlight inspect data=cifar50 data.root=~/cifar50 data.ratio=0.02 experiment=cpu

Takes the overrides that a training takes, and tells of the very images that it would train on. A
table and words on the terminal, a page beside the runs; some steps are timed, nothing is trained.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from ltlight.config.command_line import home_expanded
from ltlight.config.compose import composed
from ltlight.config.effect import without_effect
from ltlight.config.plain_words import plain_words
from ltlight.config.switches import refuse_numbers_as_switches
from ltlight.errors import UserError
from ltlight.system_errors import of_the_system

STEPS = 5


def main(arguments: list[str] | None = None) -> None:
    """Print the tables, write the page; exits with one line for what the user can mend."""
    parser = argparse.ArgumentParser(
        prog="ltlight inspect",
        description=(__doc__ or "").split("\n")[0],
        epilog="KEY=VALUE as `ltlight train` takes them; data.root=… is where the images are.",
    )
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="of the configuration")
    told = "the page; default outputs/inspect/<data.name>.html"
    parser.add_argument("--output", metavar="FILE", type=Path, help=told)
    parser.add_argument(
        "--steps", type=int, default=STEPS, metavar="N", help=f"to be timed, {STEPS}; 0: none"
    )
    args = parser.parse_intermixed_args(arguments)
    if args.steps < 0:
        parser.error(f"--steps {args.steps}: 0 or more are wanted")
    try:
        run(home_expanded(args.overrides), args.output, args.steps)
    except UserError as e:
        sys.exit(f"error: {e}")
    except Exception as e:
        line = plain_words(e, args.overrides) or of_the_system(e, Path("outputs/inspect"))
        if line is None:
            raise
        sys.exit(f"error: {line}")


def run(overrides: list[str], output: Path | None, timed_steps: int) -> None:
    """Inspect and tell.

    Raises:
        UserError: for a configuration or images that can't be used, or a page that is a folder.
    """
    config = composed(overrides)
    refuse_numbers_as_switches(overrides)
    for _, reason in without_effect(config, overrides):
        raise UserError(reason)
    page = output or Path("outputs") / "inspect" / f"{config.data.name}.html"
    if page.is_dir():
        raise UserError(f"--output {page} is a folder: name a file")
    import logging

    from ltlight.inspect.inspection import inspection
    from ltlight.inspect.terminal import show
    from ltlight.training.run import silence_lightning

    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    silence_lightning()
    found = inspection(config, timed_steps)
    show(found)
    from ltlight.inspect.page import document
    from ltlight.report.document.page import render
    from ltlight.report.document.written import say_written

    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(render(document(found)), encoding="utf-8")
    say_written([page], page, Console())


if __name__ == "__main__":
    main()
