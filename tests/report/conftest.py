"""A small sweep as the training leaves it."""

from pathlib import Path

import pytest

from tests.report.run_folders import write_run


@pytest.fixture
def sweep_folder(tmp_path: Path) -> Path:
    """Two ratios by two methods by two seeds on five classes."""
    folder = tmp_path / "outputs" / "toy_sweep"
    for ratio in (0.1, 0.02):
        for method in ("baseline", "improved"):
            for seed in (0, 1):
                write_run(folder, ratio, method, seed)
    return folder
