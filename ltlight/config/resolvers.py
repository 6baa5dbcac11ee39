"""What `conf/` computes of other keys while it is composed: OmegaConf's resolvers. No torch."""

from typing import Any

from omegaconf import OmegaConf

# Sources whose images are all of one small size, in pixels.
SMALL_SOURCES = {"cifar10": 32, "cifar100": 32, "digits": 32}


def fold_folder(fold: int | None) -> str:
    """The level of the run folder that tells folds apart; none without folds."""
    return "" if fold is None else f"fold={fold}/"


def stored_size(source: str, image_size: int | None) -> int:
    """Pixels that images are stored at for a backbone, which scales them to its own input.

    Sets of small images stay as they are; files are decoded at the backbone's size, or at 224.
    """
    return SMALL_SOURCES.get(source) or image_size or 224


def chosen_by(name: str, values: dict[str, Any]) -> Any:
    """What belongs to a name; of one that isn't known, which is refused elsewhere, the first."""
    return values.get(name, next(iter(values.values())))


def register() -> None:
    """Make them known to OmegaConf, by their names: ``${fold_folder:${data.fold}}``."""
    for resolver in (fold_folder, stored_size, chosen_by):
        OmegaConf.register_new_resolver(resolver.__name__, resolver, replace=True)
