"""Small sweeps as the training leaves them: shared ones to read, and copies to change."""

import shutil
from pathlib import Path

import pytest
from rich.console import Console

from ltlight.report.build import report
from ltlight.report.results.sweep import Sweep, read_sweep
from ltlight.report.stats.comparison import Comparison, compare, resample
from ltlight.report.stats.judging import rank
from ltlight.report.stats.ranking import Ranking
from tests.report.run_folders import write_panel, write_run

LONG = "progressively_balanced"  # the longest name in conf/method/


@pytest.fixture(scope="session")
def written_sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two ratios by two methods by two seeds on five classes; only to be read."""
    folder = tmp_path_factory.mktemp("shared") / "toy_sweep"
    for ratio in (0.1, 0.02):
        for method in ("baseline", "improved"):
            for seed in (0, 1):
                write_run(folder, ratio, method, seed)
    return folder


@pytest.fixture
def sweep_folder(written_sweep: Path, tmp_path: Path) -> Path:
    """A copy of `written_sweep`, to be changed."""
    return shutil.copytree(written_sweep, tmp_path / "outputs" / "toy_sweep")


@pytest.fixture(scope="session")
def toy(written_sweep: Path) -> Sweep:
    """`written_sweep` as it is read."""
    return read_sweep(written_sweep)


@pytest.fixture(scope="session")
def comparisons(toy: Sweep) -> list[Comparison]:
    """Of `toy`: improved at both ratios."""
    return compare(toy)


@pytest.fixture(scope="session")
def page_folder(written_sweep: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `written_sweep` with its report; only to be read."""
    folder = shutil.copytree(written_sweep, tmp_path_factory.mktemp("page") / "toy_sweep")
    report(folder, Console(quiet=True))
    return folder


@pytest.fixture(scope="session")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """12 methods by 3 seeds on ten classes, one of them with a long name and a long training."""
    folder = tmp_path_factory.mktemp("shared") / "panel"
    write_panel(folder, 11, num_classes=10)
    for seed in range(3):
        write_run(folder, 0.02, LONG, seed, num_classes=10, pull=0.5, seconds=400, pictures=False)
    return read_sweep(folder)


@pytest.fixture(scope="session")
def panel_comparisons(panel: Sweep) -> list[Comparison]:
    """Every method of `panel` beside the baseline."""
    return compare(panel)


@pytest.fixture(scope="session")
def ranking(panel: Sweep) -> Ranking:
    """Of `panel`."""
    [found] = rank(panel, resample(panel))
    return found
