"""Class names as they stand at an axis: long ones shortened, so that the figure keeps its room."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

LONGEST = 26  # columns, of which a letter takes one and an ideograph two


def class_labels(names: Sequence[str]) -> list[str]:
    """Every name, long ones with ``…`` in the place of what they go without.

    All lose the middle, else the end, else the beginning: the first of these that leaves no two
    alike. Where none does, all stay whole; the tables and the figures' values have whole names.
    """
    if max(map(cell_len, names), default=0) <= LONGEST:
        return list(names)
    for cut in (_without_middle, _without_end, _without_beginning):
        labels = [name if cell_len(name) <= LONGEST else cut(name) for name in names]
        if len(set(labels)) == len(set(names)):
            return labels
    return list(names)


def _without_middle(name: str) -> str:
    tail = LONGEST // 3
    return f"{set_cell_size(name, LONGEST - 1 - tail)}…{_last(name, tail)}"


def _without_end(name: str) -> str:
    return f"{set_cell_size(name, LONGEST - 1)}…"


def _without_beginning(name: str) -> str:
    return f"…{_last(name, LONGEST - 1)}"


def _last(name: str, columns: int) -> str:
    return set_cell_size(name[::-1], columns)[::-1]
