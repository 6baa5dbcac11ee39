"""What a source finds and doesn't take, by reason: counted, and said once."""

import logging
from collections import Counter
from pathlib import Path

from ltlight.errors import one_line

log = logging.getLogger(__name__)
NAMED = 3  # of what is passed over for a reason, the others are counted
PLURALS = {
    "hidden entry": "hidden entries",
    "folder without pictures": "folders without pictures",
    "folder beside the splits": "folders beside the splits",
    "folder reached twice": "folders reached twice",
    "folder that can't be opened": "folders that can't be opened",
    "file that can't be opened": "files that can't be opened",
    "picture outside class folders": "pictures outside class folders",
    "link back to a folder above it": "links back to a folder above them",
    "link into a folder of the system": "links into a folder of the system",
    "name that is not UTF-8": "names that are not UTF-8",
    "row that repeats another": "rows that repeat another",
    "row without a file": "rows without a file",
}


class PassedOver:
    """What was found and not taken, by reason; said once."""

    def __init__(self) -> None:
        self._suffixes: Counter[str] = Counter()
        self._names: dict[str, list[str]] = {}

    def add(self, reason: str, name: str) -> None:
        """A file or folder, for a reason as a noun: ``dangling link``."""
        self._names.setdefault(reason, []).append(name)

    def add_file(self, name: str) -> None:
        """A file whose suffix is of no picture."""
        self._suffixes[Path(name).suffix.lower() or "no extension"] += 1

    def has(self, reason: str) -> bool:
        """Whether anything was passed over for a reason."""
        return reason in self._names

    def __bool__(self) -> bool:
        return bool(self._suffixes or self._names)

    def __str__(self) -> str:
        parts = []
        if self._suffixes:
            kinds = ", ".join(f"{one_line(kind)} {n}" for kind, n in self._suffixes.most_common())
            number = self._suffixes.total()
            parts.append(f"{number} file{'s' * (number > 1)} of no picture format ({kinds})")
        for reason, names in sorted(self._names.items()):
            noun = reason if len(names) == 1 else PLURALS.get(reason, f"{reason}s")
            more = ", …" * (len(names) > NAMED)
            named = ", ".join(one_line(name) for name in sorted(names)[:NAMED])
            parts.append(f"{len(names)} {noun} ({named}{more})")
        return ", ".join(parts)

    def say(self, where: Path) -> None:
        """In one line, where there is anything."""
        if self:
            log.warning("%s: passed over: %s", where, self)
