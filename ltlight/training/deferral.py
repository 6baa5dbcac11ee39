"""What waits for a share of the training: deferred weights and samplers (DRW, DRS)."""

import math


def first_epoch(share: float, epochs: int) -> int:
    """The epoch, from 0, at which ``share`` of the training in [0, 1) is over.

    Rounded down, so that what waits for it acts at least in the last epoch.
    """
    return math.floor(share * epochs + 1e-9)  # 0.29 * 100 is 28.999999999999996
