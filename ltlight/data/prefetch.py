"""Prefetching: a second thread makes the next batches while the network trains on this one."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
DEPTH = 2  # batches that are ready or being made


def prefetch(batches: Iterator[T]) -> Iterator[T]:
    """The same batches in the same order; only one thread ever advances the iterator.

    Torch's operations release Python's lock, so the augmentation of a batch runs beside the step.
    For a CPU with a core to spare: a sixteenth of CNNCifar's width trains on one (`ltlight.cpu`).
    """
    end: Any = object()
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as thread:
        coming = deque(thread.submit(next, batches, end) for _ in range(DEPTH))
        try:
            while (batch := coming.popleft().result()) is not end:
                coming.append(thread.submit(next, batches, end))
                yield batch
        finally:  # the reader may stop early
            for future in coming:
                future.cancel()
