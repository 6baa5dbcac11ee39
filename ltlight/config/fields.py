"""What a key of the configuration demands: the fields that the schema is written in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING

Rule = tuple[Callable[[Any], bool], str]
NO_VALUE = object()  # of a key that every record has
POSITIVE: Rule = (lambda v: v > 0, "must be above 0")
NOT_NEGATIVE: Rule = (lambda v: v >= 0, "must be 0 or more")
SHARE: Rule = (lambda v: 0 <= v < 1, "must be 0 or more and below 1")
CHANCE: Rule = (lambda v: 0 < v <= 1, "must be above 0 and at most 1")
SEED: Rule = (lambda v: 0 <= v < 2**32, "must be 0 or more and below 2**32")
FRACTION: Rule = (lambda v: 0 < v < 1, "must lie between 0 and 1, both excluded")


@dataclass(frozen=True)
class SameAs:
    """A neutral value that is what the record has under another key, dotted."""

    key: str


def is_draws(value: Any) -> bool:
    """Whether an epoch can draw so many images."""
    if value is None or value == "balanced":
        return True
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def or_null(rule: Rule) -> Rule:
    """The rule, or no value at all."""
    allowed, demand = rule
    return (lambda v: v is None or allowed(v)), f"{demand}, or null"


DRAWS: Rule = (is_draws, "must be null, a whole number above 0, or balanced")


def ruled(rule: Rule, default: Any = MISSING, *, neutral: Any = NO_VALUE) -> Any:
    """A field whose value must satisfy ``rule`` = (predicate, what it demands in words)."""
    return field(default=default, metadata={"rule": rule, "neutral": neutral})


def key(default: Any = MISSING, *, neutral: Any = NO_VALUE) -> Any:
    """A field of which any value of its type will do."""
    return field(default=default, metadata={"neutral": neutral})


def choice(names: Iterable[str], *, neutral: Any = NO_VALUE) -> Any:
    """A field that takes one of ``names``."""
    allowed = tuple(names)
    return ruled((lambda v: v in allowed, f"must be one of {', '.join(allowed)}"), neutral=neutral)


def folder_name() -> Any:
    """A field that becomes part of a path under ``outputs/``."""
    return ruled(
        (lambda v: bool(v) and "/" not in v and v not in (".", ".."), "must be a plain folder name")
    )
