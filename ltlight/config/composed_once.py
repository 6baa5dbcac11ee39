"""Every member of a sweep is composed once. No torch here.

Hydra composes each twice: all of them when the sweep begins, to see that it can be done, and each
again when its turn has come, 0.2 s a member each time. Here the first is kept for the second, which
takes it away: nothing is shared, for it is changed.
"""

from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.plugins.sweeper import Sweeper
from omegaconf import DictConfig

KEPT = 500  # members; of a larger sweep the others are composed twice

_kept: dict[tuple[str, ...], DictConfig] = {}
_validating: list[bool] = []  # not empty while a sweep is looked through


def _looked_through(validate: Any) -> Any:
    def validate_batch_is_legal(self: Sweeper, batch: Any) -> None:
        _kept.clear()
        _validating.append(True)
        try:
            validate(self, batch)
        finally:
            _validating.pop()

    return validate_batch_is_legal


def _once(load: Any) -> Any:
    def load_sweep_config(
        self: ConfigLoaderImpl, master_config: DictConfig, sweep_overrides: list[str]
    ) -> DictConfig:
        key = (str(id(master_config)), *sweep_overrides)
        kept = None if _validating else _kept.pop(key, None)
        if kept is not None:
            return kept
        composed: DictConfig = load(self, master_config, sweep_overrides)
        if _validating and len(_kept) < KEPT:
            _kept[key] = composed
        return composed

    return load_sweep_config


if not hasattr(ConfigLoaderImpl, "_ltlight_once"):
    ConfigLoaderImpl.load_sweep_config = _once(  # type: ignore[method-assign]
        ConfigLoaderImpl.load_sweep_config
    )
    Sweeper.validate_batch_is_legal = _looked_through(  # type: ignore[method-assign]
        Sweeper.validate_batch_is_legal
    )
    ConfigLoaderImpl._ltlight_once = True  # type: ignore[attr-defined]
