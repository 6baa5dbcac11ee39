"""The methods of a panel: every file of ``conf/method/`` that can be trained on the model's input.

``${panel_methods:${model.name},${model.train},${model.views}}`` in a sweep's list. Derived from the
files and from what is refused, so a new method is in the panel as soon as its file is there. No
torch here.
"""

from functools import cache
from types import SimpleNamespace
from typing import Any

import yaml
from omegaconf import OmegaConf

from ltlight.config.pretrained import conflicts_of_features, is_frozen_model
from ltlight.config.schema import CONF, ModelConfig

SHARED = "base"  # no choice of its own


def panel_methods(name: str, train: str, views: int) -> str:
    """Names of methods, with commas, as a sweep takes them.

    Args:
        name: of the model.
        train: what of it, see `ModelConfig`.
        views: cached of each image.
    """
    return ",".join(sorted(set(_parts()) - set(left_out(name, train, views))))


def left_out(name: str, train: str, views: int) -> list[str]:
    """Names of methods that have no meaning on the features of a frozen backbone; else none."""
    model = ModelConfig(name=name, train=train, views=views)
    if not is_frozen_model(model):
        return []
    parts: Any = _parts()
    return [m for m in parts if any(there for there, _ in conflicts_of_features(model, parts[m]))]


@cache
def _parts() -> dict[str, SimpleNamespace]:
    """The keys of every method's file, those of `base` where it has none, by its name."""
    files = sorted((CONF / "method").glob("*.yaml"))
    read = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}
    shared = read.pop(SHARED)
    return {name: SimpleNamespace(**shared | own) for name, own in read.items()}


def register() -> None:
    """Make it known to OmegaConf."""
    OmegaConf.register_new_resolver("panel_methods", panel_methods, replace=True)


register()
