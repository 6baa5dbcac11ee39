"""What a decoding process does; it imports Pillow and NumPy and nothing else that takes time."""

import os
import signal
import threading
import warnings
from multiprocessing import connection, parent_process

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


def end_with_parent() -> None:
    """End when the process that started this one has ended, also one that was killed.

    It holds the other end of a pipe. And leave Ctrl-C, which a terminal sends to all, to it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch_parent, daemon=True).start()


def _watch_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
