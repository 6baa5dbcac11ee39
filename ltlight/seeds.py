"""Independent streams of random numbers, each a function of (seed, epoch, rank).

So a run resumed at an epoch sees what it would have seen, and ranks see different things.
"""

import numpy as np
import torch

ORDER, AUGMENT, DROPOUT, PARTNERS, HEAD, VIEWS = 0, 1, 2, 3, 4, 5  # the streams


def mixed_seed(stream: int, seed: int, epoch: int, rank: int) -> int:
    """A seed in [0, 2^63) for one stream of one epoch on one rank."""
    mixed = np.random.SeedSequence((stream, seed, epoch, rank)).generate_state(1, np.uint64)[0]
    return int(mixed >> np.uint64(1))


def make_generator(
    device: torch.device | str, stream: int, seed: int, epoch: int, rank: int
) -> torch.Generator:
    """A generator on ``device``, seeded by `mixed_seed`."""
    return torch.Generator(device).manual_seed(mixed_seed(stream, seed, epoch, rank))
