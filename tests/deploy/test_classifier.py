"""ltlight.load: a trained run in Python."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ltlight
from ltlight.deploy.bundle import read_bundle
from ltlight.errors import UserError
from tests.deploy.conftest import softmax


@pytest.fixture
def classifier(run):
    return ltlight.load(run.path, device="cpu")


@pytest.fixture
def expected(run):
    return softmax(run.predictions()["logits"][:40] / run.metrics()["temperature"])


def test_files_folders_and_globs(classifier, expected, photos):
    for pictures in (photos, str(photos), f"{photos}/*.png", sorted(photos.iterdir())):
        found = classifier.predict(pictures)
        assert [Path(p.path).name for p in found] == [f"{n:03d}.png" for n in range(40)]
        assert [p.label for p in found] == [str(c) for c in expected.argmax(1)]
        np.testing.assert_allclose([p.probability for p in found], expected.max(1), atol=1e-6)
    first = found[0]
    assert len(first.top) == 5
    assert first.top[0] == (first.label, first.probability)
    order = np.argsort(-expected[0])[:5]
    assert [name for name, _ in first.top] == [str(c) for c in order]
    assert [len(p.top) for p in classifier.predict(photos, top=99)] == [10] * 40


def test_pixels(classifier, expected, digit_sets):
    arrays = digit_sets[1].images[:4].transpose(0, 2, 3, 1)
    pictures = [Image.fromarray(a) for a in arrays]
    for given in (arrays, list(arrays), pictures, [arrays[:1], *pictures[1:]]):
        found = classifier.predict(given)
        assert [p.path for p in found] == [None] * 4
        np.testing.assert_allclose([p.probability for p in found], expected[:4].max(1), atol=1e-6)
    (alone,) = classifier.predict(arrays[0])
    assert alone.probability == pytest.approx(expected[0].max(), abs=1e-6)


def test_pixels_of_another_size_are_resized_as_files_are(classifier, tmp_path):
    random = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    Image.fromarray(random).save(tmp_path / "large.png")
    torch.testing.assert_close(
        classifier.logits(random), classifier.logits(tmp_path / "large.png"), rtol=0, atol=0
    )


def test_logits_and_probabilities(classifier, run, expected, photos):
    z = run.predictions()["logits"][:40] / run.metrics()["temperature"]
    np.testing.assert_allclose(classifier.logits(photos).numpy(), z, atol=1e-5)
    np.testing.assert_allclose(classifier.probabilities(photos).numpy(), expected, atol=1e-6)
    assert classifier.logits([]).shape == (0, 10)
    assert classifier.predict([]) == []


def test_what_it_knows(classifier):
    assert classifier.class_names == tuple(str(c) for c in range(10))
    assert classifier.preprocessing.image_size == 32
    assert classifier.to("cpu") is classifier
    assert classifier.device == torch.device("cpu")


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((3, 8, 8), np.uint8),
        np.zeros((8, 8, 3), np.float32),
        torch.zeros(3, 8, 8),
        None,
        3,
    ],
)
def test_what_is_no_picture_is_told(classifier, pixels):
    with pytest.raises(UserError, match=r"is no picture: give paths, PIL images, or arrays uint8"):
        classifier.predict(pixels)


def test_every_unreadable_file_is_named(classifier, tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"2 pictures can't be read: .*a\.png .*b\.png"):
        classifier.predict(tmp_path)


def test_several_runs_and_a_prior(run, second, photos):
    both = ltlight.load([run.path, second.path], device="cpu", prior="uniform")
    each = [ltlight.load(r.path, device="cpu", prior="uniform") for r in (run, second)]
    mean = sum(c.logits(photos) for c in each) / 2
    torch.testing.assert_close(both.logits(photos), mean, rtol=1e-5, atol=1e-5)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there(run):
    with pytest.raises(UserError, match="there is no GPU here"):
        ltlight.load(run.path, device="cuda")
    assert ltlight.load(run.path).device.type == "cpu"


def test_a_run_that_started_from_weights_that_are_gone(run, classifier):
    """What it started from isn't needed: it has its own."""
    text = (run.path / "config.yaml").read_text()
    assert "checkpoint: null" in text
    (run.path / "config.yaml").write_text(text.replace("checkpoint: null", "checkpoint: /gone"))
    assert ltlight.load(run.path, device="cpu").class_names == classifier.class_names


def test_a_damaged_run_is_told(run):
    for file, told in (("model.ckpt", "model.ckpt"), ("config.yaml", "config.yaml")):
        content = (run.path / file).read_bytes()
        (run.path / file).write_bytes(content[: len(content) // 2] + b"\x00 : [")
        with pytest.raises(UserError, match=told):
            read_bundle(run)
        (run.path / file).write_bytes(content)
    (run.path / "model.ckpt").unlink()
    with pytest.raises(UserError, match=r"has no model\.ckpt"):
        read_bundle(run)


def test_a_record_of_before_a_key_counts_as_neutral(run, classifier):
    metrics = json.loads((run.path / "metrics.json").read_text())
    assert metrics["temperature"] is not None
    text = (run.path / "config.yaml").read_text()
    assert "  tta: none\n" in text
    (run.path / "config.yaml").write_text(text.replace("  tta: none\n", ""))
    assert ltlight.load(run.path, device="cpu").bundles[0].config.method.tta == "none"


def test_importing_ltlight_is_quick():
    code = "import sys, ltlight; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "numpy", "lightning"} & set(done.stdout.split())
