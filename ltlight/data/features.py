"""Features of images, computed once and kept: float16, memory-mapped, shared by all runs.

An entry of the cache belongs to the images of a source, the backbone's weights and input, and the
views. It has a place for every image of the source; a run fills the places that it needs and finds
those that earlier runs filled, whatever its ratio or seed. Interrupted, it goes on where it was.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track

from ltlight.data.cache_folder import made_cache
from ltlight.data.image_set import ImageSet
from ltlight.memory import free_disk, refuse_beyond

log = logging.getLogger(__name__)
BATCH = 32  # images a call: two cores are no faster with more
FLUSHED = 16  # batches after which what is done is written down
VERSION = 1  # of what is written; raise it when features change

# (images uint8 [B, 3, S, S], their numbers in the source int [B], view) to features float [B, D]
Embed = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class FeatureKey:
    """What features depend on beside the images.

    Attributes:
        backbone: digest of its weights and input.
        num_features: D.
        views: V of each image, the first of them plain.
        augmentation: text that names what the other views are drawn with.
    """

    backbone: str
    num_features: int
    views: int = 1
    augmentation: str = "none"


def with_features(images: ImageSet, embed: Embed, key: FeatureKey, cache: Path) -> ImageSet:
    """The same set with features in the place of pixels.

    Args:
        images: whose features are wanted.
        embed: computes them, see `Embed`.
        key: what they depend on.
        cache: folder of caches.

    Returns:
        Its store is float16 [M, V, D], a memory map with a row for every image of the source.

    Raises:
        UserError: where the disk has no room for it.
    """
    store = images.store
    shape = (len(store), key.views, key.num_features)
    entry = cache / "features" / _name(store, key)
    features, done = _opened(entry, shape)
    rows = np.arange(len(store)) if images.rows is None else images.rows
    missing = np.unique(rows[~done[rows]])
    batches = [missing[start : start + BATCH] for start in range(0, len(missing), BATCH)]
    title = f"Features of {len(missing):,} images" + (f", {key.views} views" * (key.views > 1))
    for number, batch in enumerate(track(batches, title, transient=True, disable=not batches), 1):
        pixels = np.asarray(store[batch])
        for view in range(key.views):
            features[batch, view] = embed(pixels, batch, view)
        done[batch] = True
        if number % FLUSHED == 0 or number == len(batches):
            features.flush()  # before the marks: a place that is marked is written
            done.flush()
    mapped = np.load(entry / "features.npy", mmap_mode="c")
    return ImageSet(mapped, images.labels, images.class_names, rows, images.files, images.groups)


def _opened(entry: Path, shape: tuple[int, int, int]) -> tuple[np.memmap, np.memmap]:
    """The features and which are done, of an entry that is made if it isn't there."""
    files = entry / "features.npy", entry / "done.npy"
    if not all(file.exists() for file in files):
        made_cache(entry.parents[1], f"features/{entry.name}")
        refuse_beyond(
            free_disk(entry),
            2 * int(np.prod(shape)),
            f"features of {shape[0]:,} images take {{needed}} in {entry.parent}",
            "take fewer model.views, or another data.cache",
        )
        for file, dtype, size in zip(files, (np.float16, bool), (shape, shape[:1]), strict=True):
            partial = file.with_suffix(".tmp")
            np.lib.format.open_memmap(partial, mode="w+", dtype=dtype, shape=size).flush()
            partial.replace(file)
    features, done = (np.load(file, mmap_mode="r+") for file in files)
    return features, done


def _name(store: np.ndarray, key: FeatureKey) -> str:
    digest = hashlib.sha256(json.dumps([VERSION, *vars(key).values()]).encode())
    digest.update(images_digest(store).encode())
    return digest.hexdigest()[:24]


def images_digest(store: np.ndarray) -> str:
    """What two equal stores have in common.

    Of a memory map, the name, size and time of its file, which the decoding names by its contents;
    else the pixels: 0.1 s for 25,000 of 32 pixels.
    """
    digest = hashlib.sha256(repr((store.shape, str(store.dtype))).encode())
    if isinstance(store, np.memmap) and store.filename is not None:
        status = Path(store.filename).stat()
        digest.update(f"{store.filename} {status.st_size} {status.st_mtime_ns}".encode())
    else:
        digest.update(np.ascontiguousarray(store).data)
    return digest.hexdigest()
