"""The configuration as dataclasses, checked: of a command line, or composed from overrides."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import InterpolationToMissingValueError

# Those that are not used here act on Hydra by being imported.
from ltlight.config import choices, composed_once, panel, plugins, targets  # noqa: F401
from ltlight.config.conflicts import refuse_conflicts
from ltlight.config.plain_words import unknown_key, unknown_keys
from ltlight.config.schema import CONF, Config
from ltlight.errors import UserError, shown


def composed(overrides: Sequence[str]) -> Config:
    """What `python -m ltlight.train` makes of its arguments, without running it.

    Raises:
        UserError: see `validated`.
    """
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        return validated(hydra.compose("config", list(overrides)))


def validated(cfg: DictConfig) -> Config:
    """The configuration, complete, in range, free of conflicts, its aliases resolved.

    Raises:
        UserError: naming the key, its value and what it must be.
    """
    unknown = next(unknown_keys(OmegaConf.to_container(cfg, resolve=False)), None)  # type: ignore[arg-type]
    if unknown is not None:
        raise UserError(unknown_key(unknown))
    try:
        missing = sorted(OmegaConf.missing_keys(cfg))
    except InterpolationToMissingValueError:  # of a key that follows one that is not set
        missing = sorted(str(key) for key in cfg if OmegaConf.is_missing(cfg, key))
    if missing:
        raise UserError(f"{missing[0]} is not set: give it as {missing[0]}=…")
    config = OmegaConf.to_object(cfg)
    assert isinstance(config, Config)
    for name, aliases in choices.ALIASES.items():
        group, _, last = name.rpartition(".")
        holder = getattr(config, group)
        setattr(holder, last, aliases.get(getattr(holder, last), getattr(holder, last)))
    check_ranges(config, "")
    refuse_conflicts(config)
    return config


def check_ranges(node: Any, prefix: str) -> None:
    """Let pass what is in range, of a configuration or of a group named by ``prefix``.

    Raises:
        UserError: naming the key, its value and what it must be.
    """
    for f in fields(node):
        value, name = getattr(node, f.name), prefix + f.name
        if is_dataclass(value):
            check_ranges(value, name + ".")
        elif "rule" in f.metadata:
            allowed, demand = f.metadata["rule"]
            if not allowed(value):
                raise UserError(f"{name}={shown(value)} {demand}")
