"""What a decoding process does; it imports Pillow and NumPy and nothing else that takes time."""

import warnings

import numpy as np

from ltlight.data.sources.picture import Preprocessing, UnreadablePicture

Chunk = tuple[Preprocessing, str, int, list[str]]  # target .npy, first row, files
Failure = tuple[int, str]  # row of the file, why it can't be read


def decode_chunk(chunk: Chunk) -> list[Failure]:
    """Decode files into consecutive rows of an array on disk; returns those that failed."""
    preprocessing, target, start, files = chunk
    images = np.load(target, mmap_mode="r+")
    failures = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of pictures that it reads all the same
        for row, file in enumerate(files, start):
            try:
                images[row] = preprocessing.read(file)
            except UnreadablePicture as e:
                failures.append((row, str(e)))
    return failures
