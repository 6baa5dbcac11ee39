"""The embedded real data set: handwritten digits, which need no download."""

import numpy as np
from PIL import Image

from ltlight.config.schema import DataConfig
from ltlight.data.image_set import ImageSet, SourceImages
from ltlight.data.longtail import holdout_indices, subset_indices
from ltlight.data.sources.picture import Preprocessing
from ltlight.memory import free_memory, refuse_images_beyond


def digits(data: DataConfig) -> SourceImages:
    """`read` at the configured size."""
    return read(data.image_size)


def read(image_size: int) -> SourceImages:
    """Scikit-learn's 1,797 real handwritten digits (UCI, 8x8 grey), resized, as RGB.

    The split is fixed: of every digit 120 training and 54 test images, so both sets are balanced.
    """
    from sklearn.datasets import load_digits

    raw = load_digits()
    grey = (raw.images / 16 * 255).round().astype(np.uint8)
    refuse_images_beyond(free_memory(), len(grey), image_size, "of memory")
    preprocessing = Preprocessing(image_size)
    resized = np.stack([preprocessing.apply(Image.fromarray(g)) for g in grey])
    names = tuple(str(d) for d in raw.target_names)
    chosen = subset_indices(raw.target, np.full(10, 120 + 54), seed=0)
    everything = ImageSet(resized, raw.target.astype(np.int64), names).subset(chosen)
    kept, held = holdout_indices(everything.labels, 54 / 174, seed=0, num_classes=10)
    return SourceImages(everything.subset(kept), everything.subset(held))
