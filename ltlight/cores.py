"""Cores of this process: what the system allows it, and its share beside others. No torch here."""

import os
import sys

# Set for the members of a sweep that run side by side, see `ltlight.config.launchers`.
SHARE = "LTLIGHT_CORES"


def allowed_cores() -> int:
    """Cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    share = os.environ.get(SHARE, "")
    return min(cores, int(share)) if share.isdecimal() and int(share) else cores


def threads_are_chosen() -> bool:
    """Whether OMP_NUM_THREADS says how many threads to take, and somebody, not a launcher, set it.

    Joblib, torchrun and Ray set it, too.
    """
    return "OMP_NUM_THREADS" in os.environ and SHARE not in os.environ
