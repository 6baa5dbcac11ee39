"""Learning-rate schedules: what multiplies the base rate at every step. Plain Python, no state."""

import math

from ltlight.errors import UserError

NAMES = ("constant", "warmup", "cosine", "steps")
# Cao et al. 2019 divide by 100 after epochs 160 and 180 of 200; here in tenths of the training.
STEP_AT, STEP_FACTOR = (8, 9), 0.01


def first_epoch(share: float, epochs: int) -> int:
    """The epoch, from 0, at which ``share`` of the training in [0, 1) is over.

    Rounded down, so that what waits for it acts at least in the last epoch.
    """
    return math.floor(share * epochs + 1e-9)  # 0.29 * 100 is 28.999999999999996


def factor(name: str, step: int, *, steps_per_epoch: int, epochs: int, warmup_epochs: int) -> float:
    """The factor of the learning rate at a step.

    Args:
        name: ``constant`` (no warm-up); or, after a linear increase over ``warmup_epochs``,
            ``warmup`` (constant from there on), ``cosine`` (half a cosine that reaches 0 when the
            last step is done; Loshchilov & Hutter 2017, without restarts) or ``steps`` (x 0.01 at
            80 % of the training and again at 90 %; Cao et al. 2019).
        step: steps done before this one, from 0.
        steps_per_epoch: 1 or more.
        epochs: of the whole training, warm-up included.
        warmup_epochs: 0 or more. The increase is k/K at the k-th of its K steps; Cao et al. raise
            the rate once an epoch, to the same value at each epoch's end.

    Returns:
        In [0, 1]; after the last step what held there, 0 for ``cosine``.

    Raises:
        UserError: for another name.
    """
    if name not in NAMES:
        raise UserError(f"method.schedule={name} must be one of {', '.join(NAMES)}")
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if name == "constant":
        return 1.0
    if step < warmup:
        return (step + 1) / warmup
    if name == "cosine":
        progress = min(1.0, (step - warmup) / max(1, total - warmup))
        return (1 + math.cos(math.pi * progress)) / 2
    if name == "steps":
        return STEP_FACTOR ** sum(10 * step >= tenths * total for tenths in STEP_AT)
    return 1.0
