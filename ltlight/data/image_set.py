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
        duplicates: int64 [N], images with equal numbers are duplicates that a split of ours keeps
            together; None: it doesn't.
    """

    store: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    rows: np.ndarray | None = None
    files: np.ndarray | None = None
    groups: np.ndarray | None = None
    duplicates: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def images(self) -> np.ndarray:
        """uint8 [N, 3, H, W]; of a subset, a copy in memory."""
        return self.store if self.rows is None else self.store[self.rows]

    def pixels(self, start: int, stop: int) -> np.ndarray:
        """Some of `images`, uint8 [n, 3, H, W], without the others in memory."""
        rows = slice(start, stop) if self.rows is None else self.rows[start:stop]
        return self.store[rows]

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
            duplicates=None if self.duplicates is None else self.duplicates[indices],
        )

    @property
    def units(self) -> np.ndarray | None:
        """What a split of ours keeps on one side, int64 [N], images of one unit numbered alike.

        Groups, and duplicates, where there are; both linked where they share an image. None: each
        image stands alone.
        """
        given = [codes for codes in (self.groups, self.duplicates) if codes is not None]
        if not given:
            return None
        numbers = [np.unique(codes, return_inverse=True)[1] for codes in given]
        return numbers[0] if len(numbers) == 1 else _linked(*numbers)


def _linked(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Numbers of the sets that two partitions of N images make together, int64 [N]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    a, b = int(first.max()) + 1, int(second.max()) + 1
    edges = (np.ones(len(first), np.int8), (first, a + second))
    _, component = connected_components(coo_array(edges, shape=(a + b, a + b)), directed=False)
    return np.asarray(component[first], dtype=np.int64)


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
