"""The benchmark's command line, checked before anything is measured. No torch here."""

import argparse
from pathlib import Path

from ltlight.config.schema import CONF
from ltlight.errors import UserError, shown

METHODS = ("baseline", "improved")
LEAST_WIDTH, MOST_WIDTH = 0.01, 16  # as of model.width
MOST = 100_000  # rounds, steps


def arguments(doc: str) -> argparse.Namespace:
    """Of the command line; what can't be measured or written ends it, with status 2."""
    parser = argparse.ArgumentParser(prog="ltlight bench", description=doc.split("\n")[0])
    parser.add_argument("--width", type=float, nargs="+", default=[1.0, 0.0625])
    parser.add_argument("--method", nargs="+", default=list(METHODS), choices=[*METHODS, "none"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=5, help="of a round")
    parser.add_argument("--price", nargs="+", default=[], help="methods to price against baseline")
    parser.add_argument("--no-growth", action="store_true", help="leave out the growth tables")
    parser.add_argument("--out", type=Path, default=Path("outputs/bench.json"))
    args = parser.parse_args()
    try:
        refuse_unmeasurable(args)
    except UserError as e:
        parser.exit(2, f"error: {e}\n")
    return args


def refuse_unmeasurable(args: argparse.Namespace) -> None:
    """Let pass what can be measured and written.

    Raises:
        UserError: naming the option and what it must be.
    """
    for width in args.width:
        if not LEAST_WIDTH <= width <= MOST_WIDTH:
            raise UserError(f"--width {width:g} must be {LEAST_WIDTH} to {MOST_WIDTH}")
    for option in ("rounds", "steps"):
        value = getattr(args, option)
        if not 1 <= value <= MOST:
            raise UserError(f"--{option} {value} must be 1 to {MOST}")
    known = sorted(file.stem for file in (CONF / "method").glob("*.yaml") if file.stem != "base")
    for method in args.price:
        if method not in known:
            raise UserError(f"--price {shown(method)}: choose from {', '.join(known)}")
    refuse_unwritable(args.out, "--out")


def refuse_unwritable(file: Path, named: str) -> None:
    """Let pass a file that can be written, its folders made; nothing is left of the trial.

    Raises:
        UserError: naming it and why it can't.
    """
    if file.is_dir():
        raise UserError(f"{named} {shown(file)} is a folder: name a file")
    there = file.exists()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a"):
            pass
    except OSError as e:
        raise UserError(
            f"{named} {shown(file)} can't be written ({e.strerror}): name another file"
        ) from e
    if not there:
        file.unlink()
