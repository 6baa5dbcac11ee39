"""A Lightning logger that keeps the learning curves as a table as well: `curves.csv`."""

import csv
import io

from lightning.pytorch.utilities import rank_zero_only

from ltlight.callbacks.jsonl_logger import CurvesLogger
from ltlight.runs.curves import read_curves
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.whole_files import write_text


class CsvLogger(CurvesLogger):
    """Writes a row an epoch at the end of a training and of its test, of what `curves.jsonl` holds.

    Lightning's own forgets the epochs before a run was resumed.
    """

    def __init__(self, folder: RunFolder) -> None:
        super().__init__()
        self.folder = folder

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Nothing yet: they are in `curves.jsonl` first."""

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Write the table: the epoch, then every metric by its name, empty where it wasn't told."""
        curves = read_curves(self.folder)
        names = sorted({name for metrics in curves.values() for name in metrics})
        text = io.StringIO()
        table = csv.DictWriter(text, ["epoch", *names], lineterminator="\n")
        table.writeheader()
        table.writerows({"epoch": epoch, **metrics} for epoch, metrics in curves.items())
        write_text(self.folder.path / "curves.csv", text.getvalue())
