"""A Lightning logger that writes the metrics of every epoch into the run folder."""

import json
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only


class JsonlLogger(Logger):
    """Appends a JSON line whenever Lightning logs: {"epoch": 1, "train/loss": …}.

    Lightning's CSVLogger deletes the earlier epochs when a run is resumed; here the lines stay, and
    `ltlight.runs.curves` lets the last one of an epoch win.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file

    @property
    def name(self) -> str:
        """Of the file."""
        return "curves"

    @property
    def version(self) -> int:
        """There is one file a run."""
        return 0

    @rank_zero_only
    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the configuration has a file of its own."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Append one line; ``step`` is the number of epochs done."""
        finite = {k: v for k, v in metrics.items() if k != "epoch" and v == v}
        with self.file.open("a") as lines:
            lines.write(json.dumps({"epoch": step, **finite}) + "\n")
