"""Shared fixtures: real images where they are at hand, and small trees written from real digits."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ltlight.data.image_set import ImageSet
from ltlight.data.sources import digits

REPOSITORY = Path(__file__).resolve().parent.parent
REAL_DATA = REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory):
    """Decoded images of the tests go where pytest cleans up, and two threads are enough."""
    patch = pytest.MonkeyPatch()
    patch.setenv("LTLIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def digit_sets() -> tuple[ImageSet, ImageSet]:
    """The embedded real data set at 32x32: 10 x 120 training and 10 x 54 test images."""
    return digits.read(32)


def unzip(name: str, target: Path) -> Path:
    """A tree of real images that is not part of the repository, or a skip with the reason."""
    archive = REAL_DATA / f"{name}.zip"
    if not archive.exists():
        pytest.skip(f"{name}.zip, {name} as a tree of image files, is not beside the checkout")
    import zipfile

    with zipfile.ZipFile(archive) as packed:
        packed.extractall(target)
    return target / name


@pytest.fixture(scope="session")
def cifar50_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CIFAR-50 as train/<class>/*, test/<class>/*."""
    return unzip("cifar50", tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="session")
def idc_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """IDC patches as train/{0,1}/*, test/{0,1}/*."""
    return unzip("idc", tmp_path_factory.mktemp("real"))


def write_tree(root: Path, images: ImageSet, per_class: int) -> Path:
    """Write the first images of every class as root/<class>/<n>.png."""
    for c, name in enumerate(images.class_names):
        (root / name).mkdir(parents=True)
        for n, index in enumerate(np.flatnonzero(images.labels == c)[:per_class]):
            picture = Image.fromarray(images.images[index].transpose(1, 2, 0))
            picture.save(root / name / f"{n:03d}.png")
    return root


@pytest.fixture
def digit_tree(tmp_path: Path, digit_sets: tuple[ImageSet, ImageSet]) -> Path:
    """Real digits as a tree of files: 12 training and 6 test images a class."""
    root = tmp_path / "digit_tree"
    write_tree(root / "train", digit_sets[0], 12)
    write_tree(root / "test", digit_sets[1], 6)
    return root


def ltlight(
    *arguments: str, cwd: Path, module: str = "ltlight.train"
) -> subprocess.CompletedProcess:
    """Run the real command in a folder of its own."""
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "100"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
