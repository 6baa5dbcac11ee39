"""Groups of images that belong together (of a patient, a video), told by the path of the file."""

import re
from pathlib import Path

import numpy as np

from ltlight.errors import UserError


def compiled(group: str) -> re.Pattern[str]:
    """The expression of ``data.group``.

    Raises:
        UserError: for one that can't be compiled or has no group in parentheses.
    """
    try:
        pattern = re.compile(group)
    except (re.error, OverflowError, RecursionError) as e:
        raise UserError(f"data.group={group} is not a regular expression: {e}") from e
    if pattern.groups == 0:
        raise UserError(
            f"data.group={group} has no parentheses around what names the group: for a patient's "
            "folder that is 'data.group=\"^([^/]+)/\"'"
        )
    return pattern


def groups_of(files: list[str], group: str | None, root: Path) -> np.ndarray | None:
    """The group of every file, str [N]: the first group of the expression, searched in its path.

    Args:
        files: paths relative to the root, with forward slashes.
        group: a regular expression; None: no groups.
        root: named where a path doesn't match.

    Raises:
        UserError: for a file that the expression doesn't find a name in.
    """
    if group is None:
        return None
    pattern, names = compiled(group), []
    for file in files:
        match = pattern.search(file)
        if match is None or not match[1]:
            raise UserError(
                f"data.group={group} finds no group in {file} (below data.root={root}): give an "
                "expression that matches every path, its first parentheses around the group's name"
            )
        names.append(match[1])
    return np.array(names, dtype=object)
