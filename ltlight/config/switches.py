"""Keys that are true or false: OmegaConf takes every number but 0 for true. No torch here."""

from collections.abc import Sequence

from ltlight.config.effect import given
from ltlight.config.plain_words import leaf_types
from ltlight.errors import UserError, shown


def refuse_numbers_as_switches(overrides: Sequence[str]) -> None:
    """Let pass overrides that give no number but 0 and 1 to what is true or false.

    Args:
        overrides: as on the command line, those of Hydra's own keys left out.

    Raises:
        UserError: naming the key.
    """
    types = leaf_types()
    for key, value in given(overrides).items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if types.get(key) is bool and number and value not in (0, 1):
            raise UserError(f"{key}={shown(value)} must be true or false")
