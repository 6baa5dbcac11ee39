"""Equal and nearly equal images: across splits they flatter a test, under two labels they spoil it.

Exact duplicates have the same decoded pixels; near ones have perceptual hashes that differ in few
of 64 bits, see `perceptual_hash`.
"""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ltlight.data.image_set import ImageSet
from ltlight.data.perceptual_hash import near_pairs, perceptual_hashes

CHUNK = 1 << 26  # bytes of images looked at together
PROBE = 4096  # bytes of an image that are compared first: the rest only where these are equal
NAMED = 3  # of many pairs, how many are named
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pair:
    """Two images that are equal, or nearly.

    Attributes:
        distance: bits of 64 in which the perceptual hashes differ; 0 where the pixels are equal.
        exact: whether the pixels are equal.
        splits: names of the two parts.
        places: of the images in their parts, from 0.
        labels: class names.
        files: relative to the root; None where images have no files.
    """

    distance: int
    exact: bool
    splits: tuple[str, str]
    places: tuple[int, int]
    labels: tuple[str, str]
    files: tuple[str | None, str | None]

    @property
    def kind(self) -> str:
        """``exact`` or ``near``."""
        return "exact" if self.exact else "near"


def find_pairs(parts: Mapping[str, ImageSet], within: int | None = None) -> list[Pair]:
    """The duplicates in the parts of a data set, exact ones first, then by rising distance.

    Of several equal images each is paired with the first of them, in the order of the parts; of
    several with one perceptual hash, likewise.

    Args:
        parts: names (``train``, ``val``, ``test``) to images of one size.
        within: bits in which perceptual hashes of near duplicates may differ; None: exact ones.
    """
    images = list(parts.values())
    splits = [name for name, part in parts.items() for _ in range(len(part))]
    places = [place for part in images for place in range(len(part))]
    found = []
    for first, second, distance, exact in _linked(images, within):
        ends = (first, second)
        shown = [(parts[splits[i]], places[i]) for i in ends]
        labels = [part.class_names[part.labels[place]] for part, place in shown]
        files = [None if p.files is None else str(p.files[place]) for p, place in shown]
        found.append(
            Pair(
                distance,
                exact,
                (splits[first], splits[second]),
                (places[first], places[second]),
                (labels[0], labels[1]),
                (files[0], files[1]),
            )
        )
    return sorted(found, key=lambda pair: (not pair.exact, pair.distance))


def say_duplicates(parts: Mapping[str, ImageSet], within: int | None = None) -> None:
    """Say once, where there are some, how many duplicates cross splits and have several labels.

    Args:
        parts: see `find_pairs`.
        within: see `find_pairs`.
    """
    pairs = find_pairs(parts, within)
    kind = "equal" if within is None else f"equal or within {within} of 64 bits"
    across = [pair for pair in pairs if pair.splits[0] != pair.splits[1]]
    if across:
        log.warning(
            "%s in two splits %s, which flatters the scores: %s. data.duplicates=together keeps "
            "such on one side of a split that is made here",
            *_counted(across, kind),
            _named(across),
        )
    torn = [pair for pair in pairs if pair.labels[0] != pair.labels[1]]
    if torn:
        log.warning("%s under different labels %s: %s", *_counted(torn, kind), _named(torn))


def _counted(pairs: list[Pair], kind: str) -> tuple[str, str]:
    one = len(pairs) == 1
    return f"{len(pairs)} pair{'s' * (not one)} of images", f"{'is' if one else 'are'} {kind}"


def _named(pairs: list[Pair]) -> str:
    """The first few, by their files or their places."""
    texts = []
    for pair in pairs[:NAMED]:
        ends = [
            (f"{split} image {place}" if file is None else file) + f" ({label})"
            for file, split, place, label in zip(
                pair.files, pair.splits, pair.places, pair.labels, strict=True
            )
        ]
        texts.append(" = ".join(ends) if pair.exact else " ~ ".join(ends))
    return ", ".join(texts) + (f" and {len(pairs) - NAMED} more" if len(pairs) > NAMED else "")


def duplicate_numbers(images: ImageSet, within: int | None = None) -> np.ndarray:
    """Numbers, int64 [N], equal for duplicates; of near ones, for all that a chain of pairs links.

    Args:
        images: of one size.
        within: see `find_pairs`.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = [(first, second) for first, second, _, _ in _linked([images], within)]
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    links = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(len(images),) * 2)
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def _linked(images: list[ImageSet], within: int | None) -> Iterator[tuple[int, int, int, bool]]:
    """(image, other image, distance, exact), numbered through all parts."""
    numbers = equal_numbers(images)
    # In a stable order, the first of every set of equal images stands before the others.
    order = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[order], prepend=-1))
    firsts, sizes = order[starts], np.diff(starts, append=len(order))
    for start, first, size in zip(starts, firsts, sizes, strict=True):
        for other in order[start + 1 : start + size]:
            yield int(first), int(other), 0, True
    if within is None:
        return
    firsts = np.sort(firsts)
    hashes = np.concatenate([perceptual_hashes(part) for part in images])[firsts]
    for i, j, distance in near_pairs(hashes, within):
        yield int(firsts[i]), int(firsts[j]), distance, False


def equal_numbers(images: list[ImageSet]) -> np.ndarray:
    """Numbers, int64 [N] over all parts, equal where all pixels are.

    A few rows of an image are compared first, so that of files larger than memory little is read.
    """
    probes = np.concatenate([_probes(part) for part in images])
    _, numbers, counts = np.unique(probes, return_inverse=True, return_counts=True)
    suspects = np.flatnonzero(counts[numbers] > 1)
    whole: dict[bytes, int] = {}
    offsets = np.cumsum([0, *map(len, images)])
    next_number = len(counts)
    for suspect in suspects:
        part = int(np.searchsorted(offsets, suspect, side="right")) - 1
        place = int(suspect - offsets[part])
        pixels = images[part].pixels(place, place + 1)
        digest = hashlib.blake2b(pixels.tobytes(), digest_size=16).digest()
        numbers[suspect] = whole.setdefault(digest, next_number + len(whole))
    return np.asarray(numbers, dtype=np.int64)


def _probes(images: ImageSet) -> np.ndarray:
    """A number of the middle rows of every image's green, uint64 [N], equal where they are."""
    side = images.store.shape[-1]
    rows = max(1, min(side, PROBE // side))
    top = (side - rows) // 2
    middle = images.store[:, 1, top : top + rows]
    width = -(-rows * side // 8)
    factors = np.random.default_rng(0).integers(1, 2**63, width, dtype=np.uint64) * 2 + 1
    found = np.empty(len(images), dtype=np.uint64)
    step = max(1, CHUNK // (rows * side))
    for start in range(0, len(images), step):
        chosen = slice(start, start + step)
        block = middle[chosen] if images.rows is None else middle[images.rows[chosen]]
        padded = np.zeros((len(block), 8 * width), dtype=np.uint8)
        padded[:, : rows * side] = block.reshape(len(block), -1)
        found[chosen] = padded.view(np.uint64) @ factors
    return found
