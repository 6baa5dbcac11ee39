"""No configuration names code that is run, but ours and Hydra's shipped. No torch here.

Hydra builds what a ``_target_`` names: of launchers, sweepers and callbacks before a run starts. A
file that somebody shared (``--config-dir``, ``--config-path``) is data, and could name any function
there. It is refused when it has been composed, before Hydra builds or logs anything, whatever the
release of Hydra forbids by itself.
"""

import re
import warnings
from collections.abc import Iterator
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from omegaconf import DictConfig, OmegaConf

from ltlight.errors import UserError, shown

# What conf/ names; a test compares them.
OURS = (
    "ltlight.report.search_callback.SearchReport",
    "ltlight.report.sweep_callback.SweepReport",
)
# Classes only, at their very depth: through a module one could name what it has imported.
SHIPPED = (
    r"hydra\._internal\.core_plugins\.basic_(launcher\.BasicLauncher|sweeper\.BasicSweeper)",
    r"hydra_plugins\.\w+\.\w+\.\w+(Launcher|Sweeper)",
    r"optuna\.samplers\.\w+Sampler",
)
TARGETS = re.compile("|".join([*map(re.escape, OURS), *SHIPPED]))
# What `logging.config` builds by name.
LOGGING = re.compile(
    r"logging\.(Stream|File|Null)Handler|logging\.Formatter|colorlog\.\w*Formatter"
)
# Text that becomes a mapping later, or a resolver whose name is put together.
MADE_LATER = re.compile(r"\$\{\s*(oc\.(create|decode)\s*:|[\w.\s]*\$\{)")


def refuse_foreign_code(cfg: DictConfig) -> None:
    """Let pass a composed configuration, Hydra's own part included, that names no code but known.

    Raises:
        UserError: naming the key.
    """
    tree = OmegaConf.to_container(cfg, resolve=False, throw_on_missing=False)
    for key, name, value in _leaves(tree, ""):
        if _is_foreign(key, name, value):
            raise UserError(
                f"{key}={shown(value)} names code to be run, and of a configuration only what "
                "ltlight and Hydra ship is: leave it out, and read the file that it is from"
            )


def _is_foreign(key: str, name: str, value: Any) -> bool:
    text = str(value)
    if name == "_target_":
        return not TARGETS.fullmatch(text)
    if key.startswith(("hydra.job_logging.", "hydra.hydra_logging.")) and name in ("()", "class"):
        return not LOGGING.fullmatch(text)
    return bool(MADE_LATER.search(text))


def _leaves(node: Any, key: str, name: str = "") -> Iterator[tuple[str, str, Any]]:
    """(dotted key, its last part, value) of everything that is no mapping or list."""
    parts = node.items() if isinstance(node, dict) else None
    if isinstance(node, list):
        parts = dict(enumerate(node)).items()
    if parts is None or name == "_target_":
        yield key, name, node
        return
    for part, value in parts:
        yield from _leaves(value, f"{key}.{part}" if key else str(part), str(part))


def _checked(load: Any) -> Any:
    def load_configuration(*arguments: Any, **options: Any) -> DictConfig:
        with warnings.catch_warnings():
            # Our files of launchers are checked by their plugins' schemas, which is what is wanted.
            warnings.filterwarnings("ignore", r"\s*'hydra/launcher/\w+' is validated against")
            cfg = load(*arguments, **options)
        refuse_foreign_code(cfg)
        return cfg

    return load_configuration


# Where every configuration comes from: of a command, of each member of a sweep, of `hydra.compose`.
if not hasattr(ConfigLoaderImpl, "_ltlight_checked"):
    ConfigLoaderImpl.load_configuration = _checked(  # type: ignore[method-assign]
        ConfigLoaderImpl.load_configuration
    )
    ConfigLoaderImpl._ltlight_checked = True  # type: ignore[attr-defined]
