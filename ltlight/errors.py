"""The one exception that means: the user can mend this. And how it shows values and names."""

from collections.abc import Iterable

LONGEST = 80  # characters of a value in a message


class UserError(Exception):
    """Bad input, told in one line: the key or file, what is wrong with it, and what to do.

    The command line prints it without a traceback and exits non-zero; any other exception is a
    fault of ours and keeps its traceback.
    """


def shown(value: object) -> str:
    """A value as a message tells it: in one line, not endless, its control characters escaped."""
    text = one_line(str(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def one_line(text: str) -> str:
    r"""The same in one line that can't command a terminal: a line break is ``\n``."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def some(names: Iterable[str], limit: int = 10) -> str:
    """The names in one line, or the first of them and how many more there are."""
    every = list(names)
    more = f" and {len(every) - limit:,} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more
