"""A linear layer whose weight gradient stays in its two thin factors.

With B samples the gradient of a weight [O, I] is dYᵀX, the product of [O, B] and [B, I]. Stored,
it is as large as the weight (268 MB for CNNCifar's second hidden layer) and, allocated anew every
step, its pages cost more than the product. `ltlight.optim.factored_sgd.FactoredSGD` takes the
factors instead.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Up to so many rows, or columns, oneDNN takes 0.5 to 0.7 of MKL's time beside a wide weight (27
# against 52 ms, 8192 x 8192, 32 samples, two cores of a Zen 4): MKL packs the weight first.
THIN = 64


class WideLinear(nn.Linear):
    """`nn.Linear` on [B, I]; with `factored` set, its weight gets factors instead of a gradient.

    Attributes:
        factored: set by the optimiser that reads `factors`.
        factors: (dY [B, O], X [B, I]) of every backward pass since the gradients were cleared.
        rounded: the weight [O, I] in autocast's type, where an optimiser keeps it.
    """

    factored = False
    rounded: Tensor | None = None
    _rounded_of: tuple[int, int] | None = None  # the weight that it was made of

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.factors: list[tuple[Tensor, Tensor]] = []

    def forward(self, x: Tensor) -> Tensor:
        """[B, I] to [B, O]."""
        if self.factored and torch.is_grad_enabled() and self.weight.requires_grad:
            return _FactoredLinear.apply(x, self.weight, self.bias, self)
        if torch.is_grad_enabled():
            return F.linear(x, self.weight, self.bias)
        return product(x, self.weight, self.bias)

    def room_for_rounded(self) -> Tensor | None:
        """Where an update writes the weight for autocast as well; None: it does without.

        Only on a CPU, where rounding a weight anew every step takes longer than its product: a step
        of CNNCifar under bf16 takes 0.26 s this way and 0.34 without (full width, one thread of a
        Zen 4, which has AVX512-BF16; 0.34 in float32).
        """
        low = self.factors[-1][0].dtype
        if low == self.weight.dtype or self.weight.device.type != "cpu":
            return None
        if self.rounded is None or self.rounded.dtype != low:
            self.rounded = torch.empty_like(self.weight, dtype=low, requires_grad=False)
        self._rounded_of = None
        return self.rounded

    def keep_rounded(self) -> None:
        """Take what was written as the rounded weight, until somebody changes the weight.

        A change in place through ``.data`` isn't seen. Lightning's weight averaging makes such, and
        takes them back before it trains on.
        """
        self._rounded_of = self._which()

    def rounded_weight(self, dtype: torch.dtype) -> Tensor:
        """The weight in autocast's type, [O, I]."""
        if self.rounded is None or self._rounded_of != self._which() or self.rounded.dtype != dtype:
            return self.weight.detach().to(dtype)
        return self.rounded

    def _which(self) -> tuple[int, int]:
        return self.weight.data_ptr(), self.weight._version


class _FactoredLinear(torch.autograd.Function):
    """F.linear under the caller's autocast; see `WideLinear`."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, layer: WideLinear
    ) -> Tensor:
        kind = x.device.type
        if torch.is_autocast_enabled(kind):
            low = torch.get_autocast_dtype(kind)
            x, weight = x.to(low), layer.rounded_weight(low)
            bias = bias if bias is None else bias.to(low)
        ctx.save_for_backward(x, weight)
        ctx.factors, ctx.has_bias = layer.factors, bias is not None
        return product(x, weight, bias)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        ctx.factors.append((dy, x))
        dx = product(dy, weight.t()) if ctx.needs_input_grad[0] else None
        return dx, None, dy.sum(0) if ctx.has_bias else None, None


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x weightᵀ + bias by the quickest kernel for thin x; equals F.linear to rounding.

    Args:
        x: [B, I].
        weight: [O, I], of any strides.
        bias: [O].
    """
    kind = x.device.type
    if (
        kind == "cpu"
        and min(x.shape) <= THIN
        and x.dtype == weight.dtype == torch.float32
        and not torch.is_autocast_enabled(kind)
        and _has_onednn()
    ):
        return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return F.linear(x, weight, bias)


@cache
def _has_onednn() -> bool:
    """Whether the operator that torch.compile uses for linear layers is there and means the same.

    It is not part of torch's public interface, so it is tried out once.
    """
    if not torch.backends.mkldnn.is_available():
        return False
    x, weight, bias = torch.eye(2, 3), torch.arange(12.0).view(4, 3), torch.ones(4)
    try:
        y = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    except (AttributeError, RuntimeError):
        return False
    return torch.equal(y, F.linear(x, weight, bias))
