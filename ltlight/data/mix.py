"""Mixing of the images of a batch and of their labels."""

from typing import NamedTuple

from torch import Tensor


class MixedLabels(NamedTuple):
    """The two labels of every mixed image.

    Attributes:
        first: int64 [B].
        second: int64 [B].
        weight: float [B] in [0, 1], of ``first``; ``second`` has the rest.
    """

    first: Tensor
    second: Tensor
    weight: Tensor
