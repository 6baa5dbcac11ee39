"""Pictures on the page: what the augmentation draws, and examples of what a method changed."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ltlight.errors import UserError
from ltlight.report.document.table import Strip
from ltlight.report.results.predictions import DAMAGE
from ltlight.report.results.sweep import Member

SHOWN = 5  # pictures of a class


def pictures_of(members: list[Member]) -> dict[str, np.ndarray] | None:
    """The pictures of the first run that kept readable ones, see `RunFolder.pictures`."""
    for member in members:
        try:
            pictures = member.folder.pictures()
            if pictures is not None and pictures.keys() >= {"test_indices", "test_images"}:
                return pictures
        except (UserError, *DAMAGE):
            continue
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
        at = (slice(r * (side + gap), r * (side + gap) + side),)
        at += (slice(c * (side + gap), c * (side + gap) + side),)
        canvas[at][..., :3] = images[r, c].transpose(1, 2, 0)
        canvas[at][..., 3] = 255
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
        before, after: members of the common seeds.
        indices: test images that pictures were saved of, int [M].
    """
    recalls = [np.mean([m.predictions.recalls[number] for m in ms]) for ms in (before, after)]
    better, worse = (after, before) if recalls[1] >= recalls[0] else (before, after)
    votes = sum(m.predictions.correct[indices].astype(int) for m in better)
    votes = votes - sum(m.predictions.correct[indices].astype(int) for m in worse)
    votes[before[0].predictions.targets[indices] != number] = 0
    chosen = np.argsort(-votes, kind="stable")[:SHOWN]
    chosen = [int(i) for i in chosen if votes[i] > 0]
    called = [[m.predictions.labels[indices[i]] for m in worse] for i in chosen]
    mistaken = [np.bincount([c for c in cs if c != number]).argmax() for cs in called]
    return ClassChange(number, *recalls, chosen, [int(c) for c in mistaken])


def example_strip(change: ClassChange, pictures: dict, names: list[str], loser: str) -> Strip | str:
    """The pictures of a change as a table cell; a dash where none of the saved ones changed."""
    if not change.examples:
        return "–"
    text = f"{loser}: " + ", ".join(names[c] for c in change.mistaken)
    images = pictures["test_images"][change.examples][None]
    return Strip(png(images), f"test images of {names[change.number]}; {text}", text)


def augmentation_strip(member: Member, pictures: dict) -> Strip | None:
    """Ten training pictures and, below each, draws of the augmentation; None without any."""
    if not {"train_images", "train_labels", "augmented"} <= pictures.keys():
        return None
    images = np.concatenate([pictures["train_images"][None], pictures["augmented"]])
    names = [member.metrics["class_names"][c] for c in pictures["train_labels"]]
    text = "first row as they are: " + ", ".join(names)
    return Strip(png(images), f"augmentation of {member.method}", text, height=44 * len(images))
