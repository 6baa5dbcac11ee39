"""The pixels of pictures to be classified, some at a time. No torch here."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ltlight.data.sources.picture import Preprocessing, UnreadablePicture
from ltlight.deploy.find_pictures import Picture

CHUNK_BYTES = 16 << 20  # of pixels a task, at most


@dataclass(frozen=True)
class Chunk:
    """Some pictures, read.

    Attributes:
        names: of those that could be read.
        images: uint8 [len(names), 3, S, S], RGB.
        unreadable: name and reason of the others.
    """

    names: list[str]
    images: np.ndarray
    unreadable: list[tuple[str, str]]


def read_chunks(
    pictures: Sequence[Picture], preprocessing: Preprocessing, size: int, threads: int
) -> Iterator[Chunk]:
    """The pictures in their order, ``size`` or fewer at a time; some are read ahead, never all.

    Threads and no processes: Pillow decodes and resizes without Python's lock, and the network
    keeps the rest of the cores busy.
    """
    size = max(1, min(size, CHUNK_BYTES // (3 * preprocessing.image_size**2)))
    starts = iter(range(0, len(pictures), size))
    coming: deque[Future[Chunk]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
        try:
            while True:
                while len(coming) <= threads and (start := next(starts, None)) is not None:
                    coming.append(
                        pool.submit(read_chunk, pictures[start : start + size], preprocessing)
                    )
                if not coming:
                    return
                yield coming.popleft().result()
        finally:  # the reader may stop early
            for future in coming:
                future.cancel()


def read_chunk(pictures: Sequence[Picture], preprocessing: Preprocessing) -> Chunk:
    """The pictures of some files."""
    names, images, unreadable = [], [], []
    for picture in pictures:
        try:
            images.append(preprocessing.read(picture.file))
            names.append(picture.name)
        except UnreadablePicture as e:
            unreadable.append((picture.name, str(e)))
    shape = (0, 3, preprocessing.image_size, preprocessing.image_size)
    return Chunk(names, np.stack(images) if images else np.empty(shape, np.uint8), unreadable)
