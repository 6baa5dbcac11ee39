"""How many seeds would decide a difference that is undecided."""

import numpy as np

from ltlight.report.stats.difference import ENOUGH, Difference

MOST = 30  # seeds from which on nobody would run them


def seeds_to_settle(difference: Difference) -> int | None:
    """Seeds of each method at which the interval would leave out 0, if the mean stays what it is.

    Half of the time it takes more: the mean is an estimate, too.

    Returns:
        `ENOUGH` to `MOST`, or None where more would be needed, or the test images alone leave it
        undecided (see `images_leave_it_open`), or the noise between seeds is unknown.
    """
    if difference.runs is None:
        return None
    for seeds in range(max(ENOUGH, difference.seeds), MOST + 1):
        freedom = difference.freedom * (seeds - 1) / max(1, difference.seeds - 1)
        if abs(difference.mean) > difference.exceeds(seeds, freedom):
            return seeds
    return None


def images_leave_it_open(difference: Difference) -> bool:
    """Whether the interval over the test images alone holds 0, however many the seeds."""
    half = difference.family.critical(np.inf) * np.sqrt(difference.images)
    return bool(abs(difference.mean) <= half)
