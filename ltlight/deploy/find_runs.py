"""The run that a path means: a run folder, or a folder of a sweep that holds exactly one."""

from collections.abc import Sequence
from pathlib import Path

from ltlight.errors import UserError
from ltlight.runs.run_folder import RunFolder, find_runs

LISTED = 10  # runs that an error names


def is_run(path: Path) -> bool:
    """Whether a path is a run folder itself."""
    return (path / "config.yaml").is_file()


def find_run(path: Path) -> RunFolder:
    """The finished run that a path means.

    Args:
        path: a run folder, a file in it (`model.ckpt`), or a folder above exactly one run.

    Raises:
        UserError: where there is none, several, or only one that isn't finished; naming them.
    """
    if path.is_file() and is_run(path.parent):
        path = path.parent
    if not path.is_dir():
        raise UserError(f"{path} is not a run folder: name outputs/…/seed=… of a finished run")
    if is_run(path):
        found = RunFolder(path)
        if not found.is_finished:
            raise UserError(f"{path} isn't finished: repeat its command first, which resumes it")
        return found
    runs = find_runs(path)
    finished = [run for run in runs if run.is_finished]
    if not finished:
        what = f"{len(runs)} runs, none of them finished" if runs else "no run"
        raise UserError(f"{path} holds {what}: name outputs/…/seed=… of a finished run")
    if len(finished) > 1:
        named = "".join(f"\n  {run.path}" for run in finished[:LISTED])
        more = f"\n  and {len(finished) - LISTED} more" if len(finished) > LISTED else ""
        raise UserError(f"{path} holds {len(finished)} runs, name one of them:{named}{more}")
    return finished[0]


def leading_runs(arguments: Sequence[str]) -> tuple[list[RunFolder], list[str]]:
    """The runs that a command line begins with, and what follows them.

    The first argument is a run; those after it are as long as they are run folders themselves, so
    that ``method=strong/seed=*`` names all seeds.

    Raises:
        UserError: see `find_run`; or for a run that is named twice.
    """
    runs, rest = [find_run(Path(arguments[0]).expanduser())], list(arguments[1:])
    while rest and is_run(Path(rest[0]).expanduser()):
        runs.append(find_run(Path(rest.pop(0)).expanduser()))
    places = [run.path.resolve() for run in runs]
    for run, place in zip(runs, places, strict=True):
        if places.count(place) > 1:
            raise UserError(f"{run.path} is named twice")
    return runs, rest
