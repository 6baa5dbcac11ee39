"""The file of predictions that a suffix means: CSV, JSON lines, Parquet. No torch here."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ltlight.deploy.find_pictures import NO_PARQUET
from ltlight.deploy.text_outputs import Csv, JsonLines, Output, Printed
from ltlight.errors import UserError

ROWS = ".rows.jsonl"  # behind the name of a Parquet file: what will be in it


class Parquet(JsonLines):
    """The columns of `record`. The format can't grow: rows are JSON lines beside it until the end.

    Attributes:
        table: the Parquet file.
    """

    def __init__(self, file: Path, top: int) -> None:
        self.table = file
        super().__init__(file.with_name(file.name + ROWS), top)
        _pyarrow()

    def begin(self) -> set[str]:
        """Bring the rows of the table back into lines."""
        if self.table.exists() and not self.file.exists():
            rows = _pyarrow().read_table(self.table).to_pylist()
            partial = self.file.with_name(self.file.name + ".tmp")
            partial.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            partial.replace(self.file)
        return super().begin()

    def close(self) -> None:
        """Make the table of the lines."""
        import pyarrow

        super().close()
        with self.file.open(encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        partial = self.table.with_name(self.table.name + ".tmp")
        if rows:
            _pyarrow().write_table(pyarrow.Table.from_pylist(rows), partial)
            partial.replace(self.table)
        self.file.unlink()


def _pyarrow() -> Any:
    try:
        from pyarrow import parquet
    except ImportError as e:
        raise UserError(NO_PARQUET) from e
    return parquet


KINDS: dict[str, Callable[[Path, int], Output]] = {
    ".csv": Csv,
    ".jsonl": JsonLines,
    ".parquet": Parquet,
}


def output_of(file: Path | None, top: int) -> Output:
    """The output of a file by its suffix; of None, the standard output.

    Raises:
        UserError: for another suffix, a folder that isn't there, or Parquet without pyarrow.
    """
    if file is None:
        return Printed(top)
    if file.suffix.lower() not in KINDS:
        raise UserError(f"--output {file}: its suffix must be one of {', '.join(KINDS)}")
    if not file.parent.is_dir():
        raise UserError(f"--output {file}: there is no folder {file.parent}")
    if file.is_dir():
        raise UserError(f"--output {file} is a folder: name a file in it")
    return KINDS[file.suffix.lower()](file, top)
