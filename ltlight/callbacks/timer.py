"""How long a run trained, validated and tested."""

from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Timer


class Stopwatch(Timer):
    """Lightning's Timer, which knows only the last validation's seconds, with all of them added up.

    Like the training seconds, they continue where an interrupted run is resumed.

    Attributes:
        validation_seconds: of every validation so far.
    """

    validation_seconds = 0.0

    @property
    def training_seconds(self) -> float:
        """Of the fit without its validations."""
        return self.time_elapsed("train") - self.validation_seconds

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the seconds of this validation."""
        super().on_validation_end(trainer, pl_module)
        self.validation_seconds += self.time_elapsed("validate")

    def state_dict(self) -> dict[str, Any]:
        """Lightning's, and the seconds of all validations."""
        return super().state_dict() | {"validation_seconds": self.validation_seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Of a checkpoint."""
        super().load_state_dict(state_dict)
        self.validation_seconds = state_dict["validation_seconds"]


def stopwatch_of(trainer: Any) -> Stopwatch:
    """The stopwatch among a trainer's callbacks; there is one."""
    return next(c for c in trainer.callbacks if isinstance(c, Stopwatch))
