"""Two small runs on the digits, trained once, and their test pictures as files."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from ltlight.data.image_set import ImageSet
from ltlight.runs.run_folder import RunFolder
from tests.commands import TINY, run_here, run_of
from tests.parts import quick_runs

SHORT = ("trainer.max_epochs=2", "trainer.check_val_every_n_epoch=1")
RUN = (*TINY, *SHORT, "data.ratio=0.1", "data.val_fraction=0.1", "name=made")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where runs of seeds 0 and 1 were made, both with a temperature; cached pictures beside."""
    root = tmp_path_factory.mktemp("made")
    with quick_runs():
        for seed in ("seed=0", "seed=1"):
            done = run_here(*RUN, seed, "data.seed=0", cwd=root)
            assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def run(made: Path, tmp_path: Path) -> RunFolder:
    """A copy of the run of seed 0 in the test's own folder."""
    original = run_of(made, "made", "0.1")
    return RunFolder(shutil.copytree(original.path, tmp_path / "run"))


@pytest.fixture
def second(made: Path, tmp_path: Path) -> RunFolder:
    """A copy of that of seed 1."""
    original = run_of(made, "made", "0.1").path.with_name("seed=1")
    return RunFolder(shutil.copytree(original, tmp_path / "second"))


@pytest.fixture(scope="session")
def digit_pictures(
    tmp_path_factory: pytest.TempPathFactory, digit_sets: tuple[ImageSet, ImageSet]
) -> Path:
    """The first 40 test images as 000.png, 001.png, …, losslessly."""
    folder = tmp_path_factory.mktemp("photos")
    for number, image in enumerate(digit_sets[1].images[:40]):
        Image.fromarray(image.transpose(1, 2, 0)).save(folder / f"{number:03d}.png")
    return folder


@pytest.fixture
def photos(digit_pictures: Path, tmp_path: Path) -> Path:
    """A copy of them in the test's own folder."""
    return Path(shutil.copytree(digit_pictures, tmp_path / "photos"))


def change_config(run: RunFolder, **method: object) -> None:
    """Let a run say that its method was another."""
    config = run.config()
    config["method"] |= method
    (run.path / "config.yaml").write_text(yaml.safe_dump(config))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Written out, float64 [N, C]."""
    powers = np.exp(logits.astype(np.float64) - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)
