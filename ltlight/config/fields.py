"""What a key of the configuration demands: the fields that the schema is written in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING

Rule = tuple[Callable[[Any], bool], str]
NO_VALUE = object()  # of a key that every record has
SHARE: Rule = (lambda v: 0 <= v < 1, "must be 0 or more and below 1")
CHANCE: Rule = (lambda v: 0 < v <= 1, "must be above 0 and at most 1")
SEED: Rule = (lambda v: 0 <= v < 2**32, "must be 0 or more and below 2**32")
FRACTION: Rule = (lambda v: 0 < v < 1, "must lie between 0 and 1, both excluded")


# Epochs, and what is counted in them: a year of one-minute epochs, and more is a typing error.
EPOCHS = 100_000
COUNT = 10**9  # of images, batches, pixels of a picture


def positive(most: float) -> Rule:
    """Above 0 and at most ``most``; neither nan nor inf, as of every rule with two ends."""
    return (lambda v: 0 < v <= most), f"must be above 0 and at most {most}"


def from_zero(most: float) -> Rule:
    """0 to ``most``, both included."""
    return (lambda v: 0 <= v <= most), f"must be 0 or more and at most {most}"


def between(least: float, most: float) -> Rule:
    """``least`` to ``most``, both included."""
    return (lambda v: least <= v <= most), f"must be {least} to {most}"


@dataclass(frozen=True)
class SameAs:
    """A neutral value that is what the record has under another key, dotted."""

    key: str


def is_draws(value: Any) -> bool:
    """Whether an epoch can draw so many images."""
    if value is None or value == "balanced":
        return True
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= COUNT


def or_null(rule: Rule) -> Rule:
    """The rule, or no value at all."""
    allowed, demand = rule
    return (lambda v: v is None or allowed(v)), f"{demand}, or null"


DRAWS: Rule = (is_draws, "must be null, a whole number above 0 and at most 1000000000, or balanced")


def ruled(rule: Rule, default: Any = MISSING, *, neutral: Any = NO_VALUE) -> Any:
    """A field whose value must satisfy ``rule`` = (predicate, what it demands in words)."""
    return field(default=default, metadata={"rule": rule, "neutral": neutral})


def key(default: Any = MISSING, *, neutral: Any = NO_VALUE) -> Any:
    """A field of which any value of its type will do."""
    return field(default=default, metadata={"neutral": neutral})


def choice(names: Iterable[str], default: Any = MISSING, *, neutral: Any = NO_VALUE) -> Any:
    """A field that takes one of ``names``."""
    allowed = tuple(names)
    rule = (lambda v: v in allowed), f"must be one of {', '.join(allowed)}"
    return ruled(rule, default, neutral=neutral)


def folder_name(*taken: str) -> Any:
    """A field that becomes part of a path under ``outputs/``, of a heading and of a tag.

    Args:
        taken: names that are not to be had, those of folders that hold something else.
    """
    return ruled(
        (
            lambda v: is_folder_name(v) and v not in taken,
            "must be a plain folder name of at most 200 bytes: no /, no line break or other "
            "control character, no blank at either end" + "".join(f", not {t}" for t in taken),
        )
    )


def is_folder_name(value: str) -> bool:
    """Whether a folder can be called so, and told on a terminal and in a heading.

    File systems take 255 bytes, of which ``method=`` and suffixes of files beside it need some.
    """
    return (
        value not in ("", ".", "..")
        and "/" not in value
        and value == value.strip()
        and value.isprintable()
        and len(value.encode(errors="surrogateescape")) <= 200
    )
