"""Images with their labels, as every source gives them. No torch here."""

from dataclasses import dataclass

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
    """

    store: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    rows: np.ndarray | None = None

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
        rows = indices if self.rows is None else self.rows[indices]
        return ImageSet(self.store, self.labels[indices], self.class_names, rows)
