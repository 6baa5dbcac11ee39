"""torch.export files (.pt2): written with their metadata, and run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

METADATA = "ltlight.json"  # the file's extra entry


def write_torch(program: torch.export.ExportedProgram, file: Path, about: dict[str, Any]) -> None:
    """Write a program and, as an extra file `METADATA`, what has to be known to use it."""
    torch.export.save(program, file, extra_files={METADATA: json.dumps(about, indent=1)})


def read_metadata(file: Path) -> dict[str, Any]:
    """What `write_torch` was given."""
    extra = {METADATA: ""}
    torch.export.load(file, extra_files=extra)
    found: dict[str, Any] = json.loads(extra[METADATA])
    return found


class TorchRun:
    """A torch.export file, on the CPU."""

    def __init__(self, file: Path, threads: int) -> None:
        """Load it.

        Args:
            file: to run.
            threads: to compute on; 0: as many as torch would take.
        """
        self.module = torch.export.load(file).module()
        self.threads = threads or torch.get_num_threads()

    @torch.no_grad()
    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Images uint8 [B, 3, S, S] to probabilities float32 [B, C]."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            probabilities: torch.Tensor = self.module(torch.from_numpy(images))[0]
        finally:
            torch.set_num_threads(before)
        return probabilities.numpy()
