"""Images with their labels, as every source gives them. No torch here."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class ImageSet:
    """Images of one size with their labels.

    Attributes:
        store: uint8 [M, 3, H, W], RGB, 0…255; a memory map where it comes from files.
        labels: int64 [N] in 0…C-1.
        class_names: C names; the position is the label.
        rows: int64 [N], where in ``store`` each image is; None: one after the other, N = M. So a
            subset of a set larger than memory stays on disk.
        files: str [N], the file of every image relative to where the source was read from; None
            where images have no files of their own.
        groups: str [N], what must not be torn apart by a split (a patient, a video); None: each
            image stands alone.
    """

    store: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    rows: np.ndarray | None = None
    files: np.ndarray | None = None
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def images(self) -> np.ndarray:
        """uint8 [N, 3, H, W]; of a subset, a copy in memory."""
        return self.store if self.rows is None else self.store[self.rows]

    @property
    def nbytes(self) -> int:
        """Bytes of `images`."""
        return len(self) * self.store[:1].nbytes

    @property
    def class_counts(self) -> np.ndarray:
        """Images of every class, int64 [C]."""
        return np.bincount(self.labels, minlength=len(self.class_names))

    def subset(self, indices: np.ndarray) -> "ImageSet":
        """The images at ``indices``, int [M]."""
        return replace(
            self,
            labels=self.labels[indices],
            rows=indices if self.rows is None else self.rows[indices],
            files=None if self.files is None else self.files[indices],
            groups=None if self.groups is None else self.groups[indices],
        )


@dataclass(frozen=True)
class SourceImages:
    """What a source holds, split as it is split there; the class names are the same in all.

    Attributes:
        train: to train on, and to split where a part is None.
        test: to test on; None where the source has no test split.
        val: held out of the training by the source itself; None where it is not.
    """

    train: ImageSet
    test: ImageSet | None = None
    val: ImageSet | None = None

    def map(self, change: Callable[[ImageSet], ImageSet]) -> "SourceImages":
        """The same change made to every part that there is."""
        test, val = (part if part is None else change(part) for part in (self.test, self.val))
        return SourceImages(change(self.train), test, val)
