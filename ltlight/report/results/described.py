"""What a method is, in one line: the opening comment of its YAML, or the keys that make it."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ltlight.config.schema import CONF
from ltlight.report.results.member import Member
from ltlight.runs.records import comparable

# The end of a sentence; "et al. 2019" holds none.
SENTENCE = re.compile(r"(?<!\bal)(?<!\be\.g)(?<!\bi\.e)\.(?=\s|$)")


def described(member: Member) -> str:
    """One sentence on a run's method, without its full stop.

    The first of its file in `conf/method/`, if the run had what that file says; else, of a method
    of one's own or of an older file, the keys in which it differs from plain training.
    """
    recorded = {
        key.removeprefix("method."): value
        for key, value in comparable(member.config).items()
        if key.startswith("method.") and key != "method.name"
    }
    is_plain = Path(member.method).name == member.method  # a recorded name may be a path
    text, own = _file(CONF / "method" / f"{member.method}.yaml") if is_plain else ("", {})
    _, plain = _file(CONF / "method" / "base.yaml")
    meant = plain | own
    if text and all(recorded[key] == meant[key] for key in recorded.keys() & meant.keys()):
        return text
    differs = [
        f"{key} {recorded[key]}"
        for key, value in plain.items()
        if key in recorded and recorded[key] != value
    ]
    return ", ".join(differs) or "plain training"


@cache
def _file(path: Path) -> tuple[str, dict[str, Any]]:
    """The first sentence and the plain values of a method's file; empty without one."""
    if not path.is_file():
        return "", {}
    text = path.read_text(encoding="utf-8")
    opening = re.match(r"(?:#.*\n)*", text)
    words = " ".join(line.lstrip("# ") for line in (opening[0] if opening else "").splitlines())
    values = yaml.safe_load(text) or {}
    plain = {
        key: value
        for key, value in values.items()
        if key not in ("defaults", "name") and not (isinstance(value, str) and "${" in value)
    }
    return SENTENCE.split(words, maxsplit=1)[0].strip(), plain
