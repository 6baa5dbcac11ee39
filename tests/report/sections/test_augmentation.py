"""What the augmentation makes of pictures: one strip for each that a method uses."""

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from ltlight.report.document.blocks import Pictures, Text
from ltlight.report.results.group import groups
from ltlight.report.results.sweep import Sweep
from ltlight.report.sections.augmentation import augmentation_section
from ltlight.runs.run_folder import RunFolder


def test_every_augmentation_is_shown_once(toy):
    note, *strips = augmentation_section(groups(toy)).blocks
    assert isinstance(note, Text)
    [strip] = strips  # two ratios by two seeds have it; the baseline has none
    assert isinstance(strip, Pictures)
    assert strip.slug == "augmentation_toy_fig7"
    assert strip.title == "toy, augmentation “fig7” (method improved)"


def test_the_first_row_is_of_pictures_as_they_are(toy):
    strip = augmentation_section(groups(toy)).blocks[1].strip
    [run] = [m for m in toy.finished if (m.ratio, m.method, m.seed) == (0.1, "improved", 0)]
    with np.load(run.folder.path / "pictures.npz") as pictures:
        image, draw = pictures["train_images"][1], pictures["augmented"][0, 1]
    pixels = np.asarray(Image.open(io.BytesIO(strip.png)))[..., :3]
    assert (pixels[:8, 10:18] == image.transpose(1, 2, 0)).all()
    assert (pixels[10:18, 10:18] == draw.transpose(1, 2, 0)).all()
    assert strip.text == "first row as they are: " + ", ".join(f"class_name_0{c}" for c in range(5))


def test_another_augmentation_has_a_strip_of_its_own(toy):
    config = toy.finished[0].config
    other = config | {"method": {"name": "crop", "augment": "crop_flip"}}
    crop = [replace(m, method="crop", config=other) for m in toy.finished if m.method == "improved"]
    section = augmentation_section(groups(Sweep(toy.path, [*toy.finished, *crop], [])))
    slugs = [block.slug for block in section.blocks[1:]]
    assert slugs == ["augmentation_toy_fig7", "augmentation_toy_crop_flip"]


def test_runs_without_pictures_are_told(toy, tmp_path):
    bare = [replace(m, folder=RunFolder(tmp_path)) for m in toy.finished]
    [only] = augmentation_section(groups(Sweep(toy.path, bare, []))).blocks
    assert only == Text("These runs have no augmentation, or kept no pictures.", "note")
