"""Which of a backbone's blocks are its last."""

from itertools import chain
from types import SimpleNamespace
from typing import Any

from ltlight.errors import UserError

BEYOND = "~"  # no parameter is named so: falls where timm puts what its patterns don't match


def freeze_all_but_last(net: Any, count: int) -> None:
    """Let only the last blocks of a network of timm be trained, in place.

    Blocks are the finest that timm tells apart by its ``group_matcher``: a residual block, an
    inverted residual, a transformer's block with its attention and its perceptron. The stem
    (patch and position embedding) is none and never moves; what follows the blocks (a last norm,
    a last 1x1 convolution, an attention pool) is counted with the last one, and moves.

    Args:
        net: of timm.
        count: of blocks, above 0.

    Raises:
        UserError: for a network whose blocks timm can't tell apart, or that has fewer.
    """
    block_of = blocks_by_parameter(net)
    blocks = max(block_of.values())
    if count > blocks:
        raise UserError(
            f"model.last_blocks={count}: the backbone has {blocks} blocks: take so many or fewer, "
            "or model.train=all"
        )
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(block_of[name] > blocks - count)


def blocks_by_parameter(net: Any) -> dict[str, int]:
    """The block, from 1, that each parameter of a network of timm belongs to; the stem is 0.

    Raises:
        UserError: see `freeze_all_but_last`.
    """
    from timm.models import group_parameters

    untold = (
        "model.train=last: timm can't tell the blocks of this backbone apart: take model.train=all"
    )
    try:
        matcher = net.group_matcher(coarse=False)
        named: Any = SimpleNamespace(
            named_parameters=lambda: chain(net.named_parameters(), [(BEYOND, None)])
        )
        found = group_parameters(named, matcher, reverse=True)
    except (AttributeError, NotImplementedError, AssertionError, TypeError, KeyError) as e:
        raise UserError(untold) from e
    last = found.pop(BEYOND) - 1
    if last < 1:
        raise UserError(untold)
    return {name: min(block, last) for name, block in found.items()}
