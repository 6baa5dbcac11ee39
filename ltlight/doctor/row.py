"""What was looked at: a line of the doctor's table and an entry of its JSON."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One thing that was looked at."""

    name: str
    value: Any  # as it stands in the JSON
    shown: str  # as it stands in the table
    note: str = ""
    problem: str | None = None  # why training can't run
