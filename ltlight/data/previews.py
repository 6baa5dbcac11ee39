"""The few pictures that a report shows beside a run's metrics."""

import numpy as np
import torch

from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.image_set import ImageSet
from ltlight.seeds import AUGMENT, make_generator

MAX_IMAGES, MAX_BYTES = 1000, 3 << 20  # test images kept: a run folder stays small
MAX_SIDE = 64  # pixels; larger images are thinned to it
PREVIEWED, DRAWS = 10, 4  # training images shown with their augmentation, and draws of each


def report_pictures(data: LongTailDataModule) -> dict[str, np.ndarray]:
    """Test images spread evenly over classes, and what the augmentation makes of ten others.

    Returns:
        The arrays of `RunFolder.pictures`.
    """
    tested = data.pictures.test
    shown = spread_indices(tested)
    return {
        "test_indices": shown,
        "test_images": _thinned(tested.subset(shown).images),
        **augmentation_preview(data),
    }


def augmentation_preview(data: LongTailDataModule) -> dict[str, np.ndarray]:
    """``train_images``, ``train_labels`` and ``augmented`` of `RunFolder.pictures`."""
    trained = data.pictures.train
    previewed = trained.subset(_heads_and_tails(trained))
    originals = torch.from_numpy(previewed.images)
    # The generator of an epoch that no training reaches: looking does not disturb the draws.
    generator = make_generator("cpu", AUGMENT, data.sampler.seed, epoch=2**31 - 1, rank=0)
    draws = torch.stack([data.pictures.augmentation(originals, generator) for _ in range(DRAWS)])
    augmented = draws.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).numpy()
    return {
        "train_images": _thinned(previewed.images),
        "train_labels": previewed.labels,
        "augmented": _thinned(augmented),
    }


def _thinned(images: np.ndarray) -> np.ndarray:
    step = -(-images.shape[-1] // MAX_SIDE)
    return images[..., ::step, ::step]


def spread_indices(images: ImageSet) -> np.ndarray:
    """Ascending indices of as many images of every class as the limits allow, evenly spaced."""
    side = min(images.store.shape[-1], MAX_SIDE)
    per_class = min(MAX_IMAGES, MAX_BYTES // (3 * side * side)) // len(images.class_names)
    chosen = []
    for c in range(len(images.class_names)):
        members = np.flatnonzero(images.labels == c)
        places = np.linspace(0, len(members) - 1, min(max(per_class, 1), len(members)))
        chosen.append(members[places.round().astype(int)])
    return np.sort(np.concatenate(chosen))


def _heads_and_tails(images: ImageSet) -> np.ndarray:
    """Indices of one image each of ten classes, evenly spaced from head to tail."""
    present = np.flatnonzero(images.class_counts)
    places = np.linspace(0, len(present) - 1, min(PREVIEWED, len(present))).round().astype(int)
    return np.array([np.argmax(images.labels == c) for c in present[places]])
