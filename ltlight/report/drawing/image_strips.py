"""Strips of images: what the augmentation draws, and examples of what a method changed."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ltlight.report.document.table import Strip
from ltlight.report.results.sweep import Member

SHOWN = 5  # pictures of a class


def pictures_of(members: list[Member]) -> dict[str, np.ndarray] | None:
    """The pictures of the first run that kept readable ones, see `RunFolder.pictures`."""
    for member in members:
        pictures = member.folder.pictures()
        if pictures is not None and pictures.keys() >= {"test_indices", "test_images"}:
            return pictures
    return None


def png(images: np.ndarray, gap: int = 2) -> bytes:
    """A grid of images as a PNG file with a transparent gap.

    Args:
        images: uint8 [rows, columns, 3, S, S].
        gap: pixels between images.
    """
    rows, columns, _, side, _ = images.shape
    shape = (rows * (side + gap) - gap, columns * (side + gap) - gap, 4)
    canvas = np.zeros(shape, np.uint8)
    for r, c in np.ndindex(rows, columns):
        top, left = r * (side + gap), c * (side + gap)
        place = canvas[top : top + side, left : left + side]
        place[..., :3] = images[r, c].transpose(1, 2, 0)
        place[..., 3] = 255
    file = io.BytesIO()
    Image.fromarray(canvas).save(file, "png", optimize=True)
    return file.getvalue()


@dataclass(frozen=True)
class ClassChange:
    """What became of a class: its number, recalls in [0, 1], and test images that tell of it.

    Attributes:
        examples: positions in the saved pictures, those that changed under most seeds first.
        mistaken: for each, the class that the method that fails calls it most often.
    """

    number: int
    before: float
    after: float
    examples: list[int]
    mistaken: list[int]


def class_change(
    number: int, before: list[Member], after: list[Member], indices: np.ndarray
) -> ClassChange:
    """The change of a class between two methods, on the mean over their common seeds.

    Args:
        number: of the class.
        before: members of the baseline, of the common seeds.
        after: members of the method, of the same seeds.
        indices: test images that pictures were saved of, int [M].
    """
    was, is_now = (_recall(members, number) for members in (before, after))
    better, worse = (after, before) if is_now >= was else (before, after)
    votes = _times_correct(better, indices) - _times_correct(worse, indices)
    votes[before[0].predictions.targets[indices] != number] = 0
    chosen = [int(i) for i in np.argsort(-votes, kind="stable")[:SHOWN] if votes[i] > 0]
    called = [[m.predictions.labels[indices[i]] for m in worse] for i in chosen]
    mistaken = [np.bincount([c for c in cs if c != number]).argmax() for cs in called]
    return ClassChange(number, was, is_now, chosen, [int(c) for c in mistaken])


def _recall(members: list[Member], number: int) -> float:
    return float(np.mean([m.predictions.recalls[number] for m in members]))


def _times_correct(members: list[Member], indices: np.ndarray) -> np.ndarray:
    """Under how many of the seeds each of some test images is recognised, int [M]."""
    return np.sum([m.predictions.correct[indices] for m in members], axis=0, dtype=int)


def example_strip(
    change: ClassChange, pictures: dict[str, np.ndarray], names: list[str], loser: str
) -> Strip | str:
    """The pictures of a change as a table cell; a dash where none of the saved ones changed."""
    if not change.examples:
        return "–"
    text = f"{loser}: " + ", ".join(names[c] for c in change.mistaken)
    images = pictures["test_images"][change.examples][None]
    return Strip(png(images), f"test images of {names[change.number]}; {text}", text)


def augmentation_strip(member: Member, pictures: dict[str, np.ndarray]) -> Strip | None:
    """Ten training pictures and, below each, draws of the augmentation; None without any."""
    if not {"train_images", "train_labels", "augmented"} <= pictures.keys():
        return None
    images = np.concatenate([pictures["train_images"][None], pictures["augmented"]])
    names = [member.metrics["class_names"][c] for c in pictures["train_labels"]]
    text = "first row as they are: " + ", ".join(names)
    return Strip(png(images), f"augmentation of {member.method}", text, height=44 * len(images))
