"""Features of images, computed once and kept: float16, memory-mapped, shared by all runs.

An entry of the cache belongs to the images of a source, the backbone's weights and input, and the
views. It has a place for every image of the source; a run fills the places that it needs and finds
those that earlier runs filled, whatever its ratio or seed. Interrupted, it goes on where it was.
One process at a time fills an entry; what is damaged in it is computed anew.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track

from ltlight.data.cache_folder import made_cache
from ltlight.data.feature_entry import FeatureEntry
from ltlight.data.image_set import ImageSet
from ltlight.interruption import Interrupted
from ltlight.lock import locked

BATCH = 32  # images a call: two cores are no faster with more
GO_ON = "the same command goes on there"
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
    entry = FeatureEntry(cache / "features" / _name(store, key), shape)
    rows = np.arange(len(store)) if images.rows is None else images.rows
    wanted = np.unique(rows)
    if not entry.holds(wanted):
        made_cache(cache, f"features/{entry.path.name}")
        with locked(entry.path / ".lock", f"features in {entry.path}", wait=True):
            _fill(entry, wanted, store, embed)
    mapped = np.load(entry.features, mmap_mode="c")
    return ImageSet(mapped, images.labels, images.class_names, rows, images.files, images.groups)


def _fill(entry: FeatureEntry, wanted: np.ndarray, store: np.ndarray, embed: Embed) -> None:
    """Compute the rows that an entry lacks; its lock is held."""
    filled = entry.opened()
    missing = entry.lacking(filled, wanted)
    views = entry.shape[1]
    batches = [missing[start : start + BATCH] for start in range(0, len(missing), BATCH)]
    title = f"Features of {len(missing):,} images" + (f", {views} views" * (views > 1))
    done = 0
    try:
        for batch in track(batches, title, transient=True, disable=not batches):
            pixels = np.asarray(store[batch])
            filled.put(batch, [embed(pixels, batch, view) for view in range(views)])
            done += 1
            if done % FLUSHED == 0 or done == len(batches):
                filled.flush()
    except Interrupted as e:
        filled.flush()
        kept = min(len(missing), done * BATCH)
        e.kept = f"{kept:,} of {len(missing):,} features are kept in {entry.path}: " + GO_ON
        raise


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
