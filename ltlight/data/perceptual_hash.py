"""Perceptual hashes of images, and which of many are near each other.

PHash: the signs, around their median, of the 8x8 lowest frequencies of the grey image (Zauner 2010,
as the library imagehash computes it). That library hashes one picture at a time; here all are
hashed at once from the tensor that is decoded already, by SciPy's transform.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ltlight.data.image_set import ImageSet

CHUNK = 1 << 26  # bytes of images looked at together
SIDE, LOW = 32, 8  # pixels that a hash looks at, and the frequencies that it keeps


def perceptual_hashes(images: ImageSet) -> np.ndarray:
    """PHash of every image, uint64 [N], its 64 bits row by row, the lowest frequency first."""
    from scipy.fft import dct

    side = images.store.shape[-1]
    # Averages of areas, then the lowest of the transform's frequencies: one matrix does both.
    low = dct(np.eye(SIDE), axis=0)[:LOW] @ _area_averages(side, SIDE)
    found = np.empty(len(images), dtype=np.uint64)
    step = max(1, CHUNK // (24 * side * side))
    for start in range(0, len(images), step):
        pixels = images.pixels(start, start + step).astype(np.uint32)
        # Pillow's grey (ITU-R 601), in its integers.
        weighed = pixels[:, 0] * 19595 + pixels[:, 1] * 38470 + pixels[:, 2] * 7471
        grey = ((weighed + 0x8000) >> 16).astype(np.float64)
        frequencies = (low @ grey @ low.T).reshape(len(grey), -1).round(6)
        above = frequencies > np.median(frequencies, axis=1, keepdims=True)
        found[start : start + step] = np.packbits(above, axis=1).view(">u8")[:, 0]
    return found


def _area_averages(of: int, to: int) -> np.ndarray:
    """The matrix [to, of] that resizes a column of pixels by the mean over areas."""
    edges = np.arange(to + 1) * of / to
    begin = np.maximum(edges[:-1, None], np.arange(of))
    end = np.minimum(edges[1:, None], np.arange(1, of + 1))
    return np.maximum(end - begin, 0) * to / of


def near_pairs(hashes: np.ndarray, within: int) -> Iterator[tuple[int, int, int]]:
    """(i, j, distance) of hashes, uint64 [N], that differ in at most ``within`` bits; i below j.

    Of equal ones, each with the first. Two hashes that differ in d bits are equal in at least one
    of d + 1 pieces: only those are compared.
    """
    values, first, number = np.unique(hashes, return_index=True, return_inverse=True)
    for place, value in enumerate(number):
        if first[value] != place:
            yield int(first[value]), place, 0
    found: set[tuple[int, int, int]] = set()
    edges = np.linspace(0, 64, within + 2).round().astype(np.uint64)
    for low, high in pairwise(edges) if within else ():
        piece = (values >> low) & np.uint64((1 << int(high - low)) - 1)
        order = np.argsort(piece, kind="stable")
        piece, places, shift = piece[order], np.arange(len(order)), 0
        while len(places):
            shift += 1
            places = places[places + shift < len(order)]
            places = places[piece[places] == piece[places + shift]]
            a, b = order[places], order[places + shift]
            bits = np.unpackbits((values[a] ^ values[b])[:, None].view(np.uint8), axis=1)
            distances = bits.sum(axis=1)
            for k in np.flatnonzero(distances <= within):
                i, j = sorted((int(first[a[k]]), int(first[b[k]])))
                found.add((i, j, int(distances[k])))
    yield from sorted(found)
