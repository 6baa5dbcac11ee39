"""The command line: ``ltlight train``, ``report``, `bench` and the rest, one line a command.

    ltlight --help
    python -m ltlight train data=digits data.ratio=0.02 method=improved

A command's module is imported when the command is chosen: ``--help``, ``--version`` and the
completion of a command's name wait neither for torch nor for Hydra.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from ltlight.interruption import heeding


@dataclass(frozen=True)
class Command:
    """A subcommand: where its entry is, and what the help and the completion say of it."""

    entry: str  # 'module:function', which reads sys.argv[1:]
    sentence: str
    example: str
    words: tuple[str, ...] = ()  # that the completion offers, beside files
    options: tuple[str, ...] = ()  # the same, offered only after a dash: files stand first
    overrides: bool = False  # whether it takes Hydra's: the completion offers groups and keys


# To add a command, add its line.
COMMANDS = {
    "train": Command(
        "ltlight.train:cli",
        "Train and test one run, or with -m a sweep that ends in a report.",
        "ltlight train -m data=digits data.ratio=0.1,0.02 method=baseline,improved",
        overrides=True,
    ),
    "inspect": Command(
        "ltlight.inspect.__main__:main",
        "Say what a set of images is like, before anything is trained.",
        "ltlight inspect data=folder data.root=~/pictures",
        overrides=True,
    ),
    "report": Command(
        "ltlight.report.__main__:main",
        "Rebuild the report of a sweep; of several, rank methods over data sets.",
        "ltlight report outputs/demo",
        options=("--into",),
    ),
    "predict": Command(
        "ltlight.deploy.predict:main",
        "Classify pictures with a trained run: labels and calibrated probabilities.",
        "ltlight predict outputs/mine/…/seed=0 photos/ --output predictions.csv",
        options=("--output", "--top", "--prior", "--batch-size", "--column", "--device"),
    ),
    "export": Command(
        "ltlight.deploy.export:main",
        "Write a trained run as ONNX or torch.export, checked on real pictures.",
        "ltlight export outputs/mine/…/seed=0 --to onnx",
        options=("--to", "--output", "--prior", "--int8"),
    ),
    "bench": Command(
        "ltlight.bench.__main__:main",
        "Measure training speed side by side with a plain pipeline.",
        "ltlight bench --width 0.125 --rounds 3 --steps 10",
    ),
    "doctor": Command(
        "ltlight.doctor.__main__:main",
        "Say what this installation and this machine have, and whether training can run.",
        "ltlight doctor --json",
        words=("--json",),
    ),
    "completion": Command(
        "ltlight.completion:main",
        "Print the tab completion of a shell: bash or zsh.",
        'eval "$(ltlight completion bash)"',
        words=("bash", "zsh"),
    ),
}


def main(arguments: list[str] | None = None) -> int:
    """Run a command: ``ltlight train …`` does what ``python -m ltlight.train …`` does.

    Args:
        arguments: of the command line; those of this process if None.

    Returns:
        The exit status: 0, or 2 for a command that there is not. Commands that fail exit
        themselves.
    """
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or [""]
    if name in ("--help", "-h"):
        print(overview())
    elif name == "--version":
        from ltlight import __version__

        print(f"ltlight {__version__}")
    elif name in COMMANDS:
        sys.argv = [f"ltlight {name}", *rest]  # what argparse, Hydra and the run's record read
        with heeding("what was written before is as it was: the same command begins again"):
            entry(COMMANDS[name].entry)()
    else:
        print(f"error: {no_command(name)}" if name else overview(), file=sys.stderr)
        return 2
    return 0


def entry(place: str) -> Callable[[], object]:
    """The function at ``'module:function'``, its module imported now."""
    module, _, function = place.partition(":")
    return getattr(import_module(module), function)


def overview() -> str:
    """Every command with its sentence and an example."""
    width = max(map(len, COMMANDS)) + 2
    lines = ["usage: ltlight COMMAND …    (ltlight COMMAND --help tells more of one)", ""]
    for name, command in COMMANDS.items():
        lines += [f"  {name:{width}}{command.sentence}", f"  {'':{width}}  {command.example}"]
    return "\n".join([*lines, "", f"  {'--version':{width}}Print the version."])


def no_command(name: str) -> str:
    """What is said of a command that there is not: the nearest one, if any is near."""
    from difflib import get_close_matches

    if "=" in name:  # an override
        return f"ltlight wants a command first: ltlight train {name} …"
    near = get_close_matches(name, COMMANDS, n=1)
    meant = f"did you mean {near[0]}?" if near else f"choose from {', '.join(COMMANDS)}"
    return f"ltlight has no command {name}: {meant}"


if __name__ == "__main__":
    sys.exit(main())
