"""Learning-rate schedules: what multiplies the base rate at every step. Plain Python, no state.

All take (step, warmup, total, epochs): the steps done before this one, the steps of the linear
increase, and the steps and epochs of the whole training, warm-up included. They give a factor in
[0, 1]. The increase is k/K at the k-th of its K steps; Cao et al. raise the rate once an epoch, to
the same value at each epoch's end. To add one: a function here, named in `ltlight.config.choices`.
"""

import math
from collections.abc import Callable

Schedule = Callable[[int, int, int, int], float]
# Cao et al. 2019 divide by 100 after epochs 160 and 180 of 200; here in tenths of the training.
STEP_AT, STEP_FACTOR = (8, 9), 0.01


def constant(step: int, warmup: int, total: int, epochs: int) -> float:
    """1, without a warm-up."""
    return 1.0


def linear_warmup(step: int, warmup: int, total: int, epochs: int) -> float:
    """A linear increase, constant from there on."""
    return (step + 1) / warmup if step < warmup else 1.0


def cosine(step: int, warmup: int, total: int, epochs: int) -> float:
    """After the increase half a cosine that reaches 0 when the last step is done, and stays there.

    Loshchilov & Hutter 2017, without restarts.
    """
    if step < warmup:
        return linear_warmup(step, warmup, total, epochs)
    progress = min(1.0, (step - warmup) / max(1, total - warmup))
    return (1 + math.cos(math.pi * progress)) / 2


def steps(step: int, warmup: int, total: int, epochs: int) -> float:
    """After the increase x 0.01 at 80 % of the training and again at 90 % (Cao et al. 2019).

    The first where an epoch begins, rounded down: that from which on deferred weights act (see
    `ltlight.training.deferral`), so that none of them acts at the full rate. A training of a single
    epoch has no step before it.
    """
    if step < warmup:
        return linear_warmup(step, warmup, total, epochs)
    first, second = STEP_AT
    first_epoch = first * epochs // 10
    return STEP_FACTOR ** ((step * epochs >= first_epoch * total) + (10 * step >= second * total))
