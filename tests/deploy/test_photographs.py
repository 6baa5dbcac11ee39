"""Photographs of a folder to a pretrained model in use: trained, predicted with, exported."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

from ltlight.deploy.bundle import averaged, read_bundle
from ltlight.deploy.graph import Graph
from ltlight.models.backbones import Backbone
from ltlight.models.pretrained import FeatureHead
from ltlight.runs.run_folder import RunFolder
from tests.commands import run_here
from tests.deploy.test_export import needs_onnx, session

SIDE = 107  # a square of a photograph; 4 rows of 5 squares
NAMES = {"china.jpg": "temple", "flower.jpg": "flower"}


def squares(photograph: np.ndarray) -> list[np.ndarray]:
    """The photograph [427, 640, 3], cut up, column by column."""
    corners = [(top, left) for left in range(0, 640 - SIDE, SIDE) for top in range(0, 320, SIDE)]
    return [photograph[top : top + SIDE, left : left + SIDE] for top, left in corners]


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Squares of scikit-learn's two photographs: the left half to learn from, the right to test."""
    found = load_sample_images()
    for name, photograph in zip(found.filenames, found.images, strict=True):
        parts = squares(photograph)
        for number, square in enumerate(parts):
            split = "train" if number < len(parts) // 2 else "test"
            folder = tmp_path / "photographs" / split / NAMES[Path(name).name]
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(square).save(folder / f"{number}.png")
    return tmp_path / "photographs"


@needs_onnx
def test_a_pretrained_network_is_used_on_photographs(photographs, tmp_path, lite0_weights):
    told = ("model=pretrained", f"model.weights={lite0_weights}", "model.image_size=96")
    data = ("data=folder", f"data.root={photographs}", f"data.cache={tmp_path / 'cache'}")
    trained = run_here(*told, *data, "trainer=cpu", "method=balanced_softmax", cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    (run,) = (p.parent for p in tmp_path.glob("outputs/**/metrics.json"))
    files = sorted((photographs / "test").glob("*/*.png"))
    done = run_here("predict", str(run), *map(str, files), cwd=tmp_path, module="ltlight")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(done.stdout.splitlines()))
    right = [row["label"] == Path(row["path"]).parent.name for row in rows]
    assert len(rows) == len(files)
    assert np.mean(right) > 0.9  # chance is 0.5
    done = run_here("export", str(run), "--to", "onnx", cwd=tmp_path, module="ltlight")
    assert done.returncode == 0, done.stderr
    pixels = np.stack([np.asarray(Image.open(f).resize((96, 96), Image.BILINEAR)) for f in files])
    ready = session(tmp_path / "model.onnx")
    probabilities, _ = ready.run(None, {"images": pixels.transpose(0, 3, 1, 2)})
    names = sorted(NAMES.values())
    assert [names[i] for i in probabilities.argmax(1)] == [row["label"] for row in rows]
    graph = [*Graph(averaged([read_bundle(RunFolder(run))], None)).modules()]
    assert any(isinstance(part, Backbone) for part in graph)
    assert not any(isinstance(part, FeatureHead) for part in graph)  # folded into its head
