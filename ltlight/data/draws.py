"""Random numbers for the images of a batch, the same whichever process an image falls to."""

from typing import Self

import torch
from torch import Tensor


class BatchGenerator(torch.Generator):
    """A generator for processes that each have some images of a batch.

    All of them draw for the whole batch, and each keeps the numbers of its own images: those that
    one process alone would have drawn for them.

    Attributes:
        total: images of the whole batch.
        rows: int64 [B], which of them are at hand; None: all.
    """

    total: int
    rows: Tensor | None = None

    def of(self, total: int, rows: Tensor) -> Self:
        """This generator, told which images of a batch the next draws are for."""
        self.total, self.rows = total, rows.to(self.device)
        return self


def uniform(shape: tuple[int, ...], generator: torch.Generator, images: int = 0) -> Tensor:
    """Numbers in [0, 1), as `torch.rand`, on the generator's device.

    Args:
        shape: of the result.
        generator: see `BatchGenerator`; any other draws for a batch that is whole.
        images: the axis of ``shape`` that counts the images.
    """
    whole = torch.rand(
        _whole(shape, generator, images), generator=generator, device=generator.device
    )
    return _kept(whole, generator, images)


def integers(below: int, count: int, generator: torch.Generator) -> Tensor:
    """Whole numbers 0…below-1, int64 [count], one an image."""
    shape = _whole((count,), generator, 0)
    whole = torch.randint(below, shape, generator=generator, device=generator.device)
    return _kept(whole, generator, 0)


def gamma(alpha: float, shape: tuple[int, ...], generator: torch.Generator, images: int) -> Tensor:
    """Of Gamma(alpha, 1); arguments as of `uniform`."""
    alphas = torch.full(_whole(shape, generator, images), alpha, device=generator.device)
    return _kept(torch._standard_gamma(alphas, generator=generator), generator, images)


def _whole(shape: tuple[int, ...], generator: torch.Generator, images: int) -> tuple[int, ...]:
    if isinstance(generator, BatchGenerator) and generator.rows is not None:
        return (*shape[:images], generator.total, *shape[images + 1 :])
    return shape


def _kept(whole: Tensor, generator: torch.Generator, images: int) -> Tensor:
    if isinstance(generator, BatchGenerator) and generator.rows is not None:
        return whole.index_select(images, generator.rows)
    return whole
