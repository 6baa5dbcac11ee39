"""Hydra's command line: its overrides brought together, wherever they stand among the options."""

from hydra._internal.utils import get_args_parser


def overrides_first(arguments: list[str]) -> list[str]:
    """The same command line with every ``key=value`` in front of the options.

    Hydra's parser takes one run of overrides: of ``seed=0,1 -m method=improved`` it refuses the
    second. Each of both kinds keeps its order. What is no option's value and no option counts as
    an override.
    """
    known, rest = get_args_parser().parse_known_args(arguments)
    late = [word for word in rest if not word.startswith("-")]
    options = list(arguments)
    for word in known.overrides + late:
        options.remove(word)
    return known.overrides + late + options
