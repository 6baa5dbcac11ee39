"""Example pictures: the right ones, of the right method, and readable as PNG."""

import io

import numpy as np
from PIL import Image

from ltlight.report.drawing.image_strips import (
    ClassChange,
    augmentation_strip,
    class_change,
    example_strip,
    pictures_of,
    png,
)
from ltlight.report.results.sweep import read_sweep


def test_examples_are_recognised_by_one_method_and_named_as_the_other_does(comparisons):
    shown = 0
    for c in comparisons:
        indices = pictures_of(c.after)["test_indices"]
        targets = c.before[0].predictions.targets
        for number in range(5):
            change = class_change(number, c.before, c.after, indices)
            winners = c.after if change.after >= change.before else c.before
            losers = c.before if winners is c.after else c.after
            for example, called in zip(change.examples, change.mistaken, strict=True):
                image = indices[example]
                assert targets[image] == number
                won, lost = (
                    sum(m.predictions.correct[image] for m in ms) for ms in (winners, losers)
                )
                assert won > lost
                assert called in [m.predictions.labels[image] for m in losers]
                assert called != number
            shown += len(change.examples)
    assert shown > 20


def test_the_first_run_with_readable_pictures_gives_them(sweep_folder):
    members = read_sweep(sweep_folder).finished
    (members[0].folder.path / "pictures.npz").unlink()
    (members[1].folder.path / "pictures.npz").write_bytes(b"PK no archive")
    np.savez(members[2].folder.path / "pictures.npz", other=np.zeros(3))
    found, expected = pictures_of(members), members[3].folder.pictures()
    assert (found["test_images"] == expected["test_images"]).all()
    assert pictures_of(members[:3]) is None


def test_a_strip_of_examples_names_what_the_loser_calls_them(comparisons):
    pictures = pictures_of(comparisons[0].after)
    change = ClassChange(2, 0.2, 0.4, [3, 0], [1, 4])
    strip = example_strip(change, pictures, list("abcde"), "baseline")
    assert (strip.text, strip.alt) == ("baseline: b, e", "test images of c; baseline: b, e")
    shown = np.asarray(Image.open(io.BytesIO(strip.png)))
    assert (shown[:8, :8, :3] == pictures["test_images"][3].transpose(1, 2, 0)).all()
    assert example_strip(ClassChange(2, 0.2, 0.2, [], []), pictures, list("abcde"), "m") == "–"


def test_pictures_without_draws_of_the_augmentation_make_no_strip(toy):
    pictures = dict(pictures_of(toy.finished))
    assert augmentation_strip(toy.finished[0], pictures).height == 44 * 5  # one row and four draws
    del pictures["augmented"]
    assert augmentation_strip(toy.finished[0], pictures) is None


def test_a_png_holds_the_pictures_it_was_made_of():
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 3, 8, 8), np.uint8)
    read = np.asarray(Image.open(io.BytesIO(png(images, gap=2))))
    assert read.shape == (18, 28, 4)
    assert (read[10:18, 20:28, :3] == images[1, 2].transpose(1, 2, 0)).all()
    assert (read[8:10, :, 3] == 0).all()
