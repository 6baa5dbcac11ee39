"""Real pictures that an exported file is tried on: the run's own test pictures where it kept them.

No torch here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from ltlight.data.sources import digits
from ltlight.data.sources.files import files_folder
from ltlight.data.sources.picture import Preprocessing, UnreadablePicture
from ltlight.deploy.bundle import Bundle


@dataclass(frozen=True)
class Sample:
    """Pictures of the network's size.

    Attributes:
        images: uint8 [M, 3, S, S], RGB.
        labels: int64 [M]; None where they are of other classes than the network's.
        told: what they are.
    """

    images: np.ndarray
    labels: np.ndarray | None
    told: str


def sample_of_tests(bundle: Bundle) -> Sample:
    """Test pictures of a run with their labels, or real digits where it kept none."""
    kept, side = bundle.folder.pictures(), bundle.preprocessing.image_size
    if not kept or not len(kept.get("test_images", ())):
        return Sample(_digits(bundle.preprocessing), None, "handwritten digits")
    arrays, rows = bundle.folder.predictions(), kept["test_indices"]
    labels, images = arrays["targets"][rows], kept["test_images"]
    told = "of the run's test pictures"
    if images.shape[-1] != side:
        whole = _from_files(bundle, arrays, rows)
        told += "" if whole is not None else f", kept at {images.shape[-1]} pixels and enlarged"
        images = enlarged(images, side) if whole is None else whole
    return Sample(images, labels, told)


def sample_of_training(bundle: Bundle) -> np.ndarray:
    """Training pictures of a run, plain and augmented, uint8 [K, 3, S, S]; or real digits."""
    kept, side = bundle.folder.pictures(), bundle.preprocessing.image_size
    if not kept or not len(kept.get("train_images", ())):
        return _digits(bundle.preprocessing)
    plain, augmented = kept["train_images"], kept["augmented"]
    return enlarged(np.concatenate([plain, augmented.reshape(-1, *plain.shape[1:])]), side)


def enlarged(images: np.ndarray, side: int) -> np.ndarray:
    """Pictures that were thinned for the run folder, at their size again; others as they are."""
    step = -(-side // images.shape[-1])
    return images.repeat(step, axis=-1).repeat(step, axis=-2)[..., :side, :side]


def _from_files(bundle: Bundle, arrays: dict[str, Any], rows: np.ndarray) -> np.ndarray | None:
    """The test pictures from their files, where all of them are still there."""
    folder = files_folder(bundle.config.data)
    if "files" not in arrays or folder is None:
        return None
    try:
        return np.stack([bundle.preprocessing.read(folder / str(arrays["files"][r])) for r in rows])
    except (UnreadablePicture, OSError, ValueError):
        return None


def _digits(preprocessing: Preprocessing) -> np.ndarray:
    """A hundred of the embedded digits."""
    found = digits.read(32).train
    shown = found.images[:: len(found) // 100][:100]
    return np.stack([preprocessing.apply(Image.fromarray(i.transpose(1, 2, 0))) for i in shown])
