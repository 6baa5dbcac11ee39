"""Whether an exported file says what the run says, and how long it takes."""

import time
from collections.abc import Callable

import numpy as np

from ltlight.errors import UserError

Run = Callable[[np.ndarray], np.ndarray]  # uint8 [B, 3, S, S] to probabilities [B, C]
LARGEST_DIFFERENCE = 1e-4  # of a probability: rounding of float32 in another order
COMPARED = 64  # pictures
ROUNDS, SECONDS = 31, 5.0  # of a latency, whichever is less


def largest_difference(run: Run, expected: np.ndarray, images: np.ndarray) -> float:
    """Of a probability, over pictures alone and all at once.

    Args:
        run: the exported file.
        expected: probabilities [M, C] of the run.
        images: uint8 [M, 3, S, S].

    Raises:
        UserError: for more than `LARGEST_DIFFERENCE`.
    """
    alone = [run(images[i : i + 1])[0] for i in range(min(3, len(images)))]
    found = max(
        float(np.abs(run(images) - expected).max()),
        float(np.abs(np.stack(alone) - expected[: len(alone)]).max()),
    )
    if not found <= LARGEST_DIFFERENCE:
        raise UserError(
            f"the exported file isn't the run's: on {len(images)} pictures a probability differs "
            f"by {found:.2g}; nothing is kept of it, please report that with the run's config.yaml"
        )
    return found


def spread(number: int, most: int) -> np.ndarray:
    """Ascending indices of at most so many of a number of things, evenly spaced."""
    return np.unique(np.linspace(0, number - 1, min(number, most)).round().astype(int))


def accuracy(run: Run, images: np.ndarray, labels: np.ndarray, batch_size: int) -> float:
    """Share of pictures whose most probable class is their label, in [0, 1]."""
    starts = range(0, len(images), batch_size)
    found = [run(images[s : s + batch_size]).argmax(axis=1) for s in starts]
    return float((np.concatenate(found) == labels).mean())


def latency(run: Run, images: np.ndarray) -> tuple[float, int]:
    """Median seconds that a run takes on some images, and of how many times."""
    for _ in range(2):
        run(images)
    taken: list[float] = []
    while len(taken) < 3 or (len(taken) < ROUNDS and sum(taken) < SECONDS):
        started = time.perf_counter()
        run(images)
        taken.append(time.perf_counter() - started)
    return float(np.median(taken)), len(taken)
