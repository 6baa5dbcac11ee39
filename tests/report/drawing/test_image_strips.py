"""Example pictures: the right ones, of the right method, and readable as PNG."""

import io

import numpy as np
import pytest
from PIL import Image

from ltlight.report.document.table import Strip
from ltlight.report.drawing.image_strips import class_change, pictures_of, png
from ltlight.report.results.group import groups, mean_recalls
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections.changes import extremes
from ltlight.report.stats.comparison import compare


def test_examples_are_recognised_by_one_method_and_named_as_the_other_does(sweep_folder):
    for c in compare(read_sweep(sweep_folder)):
        indices = pictures_of(c.after)["test_indices"]
        targets = c.before[0].predictions.targets
        for number in range(5):
            change = class_change(number, c.before, c.after, indices)
            winners = c.after if change.after >= change.before else c.before
            losers = c.before if winners is c.after else c.after
            for example, called in zip(change.examples, change.mistaken, strict=True):
                image = indices[example]
                assert targets[image] == number
                right = [sum(m.predictions.correct[image] for m in ms) for ms in (winners, losers)]
                assert right[0] > right[1]
                assert called in [m.predictions.labels[image] for m in losers]
                assert called != number


def test_extremes_are_the_largest_gains_and_losses(sweep_folder):
    sweep = read_sweep(sweep_folder)
    [group] = [g for g in groups(sweep) if g.ratio == 0.02]
    [c] = [c for c in compare(sweep) if c.ratio == 0.02]
    before, after = (mean_recalls(ms, group.order) for ms in (c.before, c.after))
    table = extremes(group, c, after - before)
    points = [float(row[3]) for row in table.rows]
    change = 100 * (after - before)
    assert max(points) == pytest.approx(change.max(), abs=0.051)
    assert min(points) == pytest.approx(change.min(), abs=0.051)
    assert len(points) == (change != 0).sum()  # five classes: all that changed, each once
    assert any(isinstance(row[-1], Strip) for row in table.rows)


def test_runs_without_pictures_are_still_compared(sweep_folder):
    for file in sweep_folder.glob("**/pictures.npz"):
        file.unlink()
    broken = next(sweep_folder.glob("**/seed=0"))
    (broken / "pictures.npz").write_bytes(b"PK no archive")
    sweep = read_sweep(sweep_folder)
    assert pictures_of(sweep.finished) is None
    [c, *_] = compare(sweep)
    [group, *_] = groups(sweep)
    assert extremes(group, c, np.linspace(-1, 1, 5)).header[-1] == "points"


def test_a_png_holds_the_pictures_it_was_made_of():
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 3, 8, 8), np.uint8)
    read = np.asarray(Image.open(io.BytesIO(png(images, gap=2))))
    assert read.shape == (18, 28, 4)
    assert (read[10:18, 20:28, :3] == images[1, 2].transpose(1, 2, 0)).all()
    assert (read[8:10, :, 3] == 0).all()
