"""What is allowed in a configuration and worth a word before it is trained."""

import logging

from ltlight.config.conflicts import prior_corrections
from ltlight.config.schema import Config
from ltlight.training.build_data import mixed_epochs

log = logging.getLogger(__name__)


def say_doubts(config: Config) -> None:
    """All of them, each at most once a run."""
    warn_of_overcorrection(config)
    warn_of_no_mixing(config)


def warn_of_overcorrection(config: Config) -> None:
    """Say once where several parts of a method make up for the same prior."""
    corrections = prior_corrections(config.method)
    if len(corrections) > 1:
        log.warning(
            "%s each make up for the rarity of classes: together they may overdo it",
            " and ".join(corrections),
        )


def warn_of_no_mixing(config: Config) -> None:
    """Say where a training is too short for a mixing that its first and last epochs go without."""
    method, epochs = config.method, config.trainer.max_epochs
    if method.mix != "none" and epochs > 0 and not mixed_epochs(config):
        log.warning(
            "method.mix=%s mixes nothing in %d epochs, of which the first %d and the last %d go "
            "without: raise trainer.max_epochs, or set method.mix_off_first and mix_off_last to 0",
            method.mix,
            epochs,
            method.mix_off_first,
            method.mix_off_last,
        )
