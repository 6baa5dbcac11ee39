"""Recorded configurations side by side: what differs in what is computed. No torch here."""

from dataclasses import fields
from typing import Any

from ltlight.config import choices
from ltlight.config.fields import SameAs
from ltlight.config.schema import LoggerConfig, neutral_values

# Keys that say where and how fast, not what is computed: they may differ when a run is resumed.
FREE_KEYS = (
    "name",
    "overwrite",
    "data.archive",
    "data.cache",
    "trainer.accelerator",
    "trainer.checkpoint_every_n_epochs",
    "trainer.checkpoint_minutes",
    *(f"logger.{f.name}" for f in fields(LoggerConfig)),
    "trainer.timeout",
)


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What differs between two records that changes what is computed, a text a key."""
    before, after = comparable(old), comparable(new)
    return [
        f"{key} {before.get(key)} → {after.get(key)}"
        for key in sorted({*before, *after} - {*FREE_KEYS})
        if before.get(key) != after.get(key)
    ]


def lacking(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The keys, dotted, that a record has a value for and another has not: it was cut short."""
    before = comparable(old)
    return [
        key for key, value in comparable(new).items() if value is not None and key not in before
    ]


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    """A recorded configuration by dotted key: what it lacks is neutral, aliases are resolved."""
    flat = flatten(record)
    for key, value in neutral_values().items():
        flat.setdefault(key, flat.get(value.key) if isinstance(value, SameAs) else value)
    for key, aliases in choices.ALIASES.items():
        if key in flat:
            flat[key] = aliases.get(flat[key], flat[key])
    return flat


def flatten(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested configuration with dotted keys: {"data.ratio": 0.1, …}."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
