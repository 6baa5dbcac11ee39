"""Exact SGD that never stores the gradient of a wide linear layer.

The same mathematics, options and state as `torch.optim.SGD`; for layers of `WideLinear` the update
is made from the two thin factors of the gradient (see there). To keep them apart is the idea of
sufficient factors (Xing et al., 2015).
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ltlight.models.wide_linear import WideLinear, product
from ltlight.optim.factor_exchange import gathered

# Weights from this size on are updated from factors; the gradient of a smaller one stays in cache.
WIDE = 1 << 20
# The part of a gradient that exists at a time on a CPU: 256 rows of 8192, which stay in its cache.
# One sweep over weight and momentum then takes 45 ms (8192 x 8192, two cores), against 63 ms for
# accumulating into the momentum by one product and adding that, and 110 with a stored gradient.
BLOCK_BYTES = 8 << 20


class FactoredSGD(torch.optim.SGD):
    """`torch.optim.SGD`, with `WideLinear` layers updated from factors.

    State dicts go either way between the two. Several backward passes before a step accumulate.
    Gradient clipping must go through `clip_grad_norm_`, for the factored weights have no ``grad``.
    """

    def __init__(
        self,
        net: nn.Module,
        one_pass: bool = False,
        params: Any = None,
        exchanged: bool = False,
        **options: Any,
    ) -> None:
        """Switch the network's wide layers over.

        Args:
            net: whose parameters are trained; its `WideLinear` layers of at least `WIDE` weights
                are switched over.
            one_pass: whether a CUDA device updates them by one kernel (`ltlight.optim.triton_sgd`).
            params: groups of its parameters, as `torch.optim.SGD` takes them; None: one of all.
            exchanged: whether several processes train together and their factors are gathered here,
                while something else averages the other gradients.
            options: of `torch.optim.SGD`.
        """
        super().__init__(net.parameters() if params is None else params, **options)
        self.one_pass = one_pass
        self.layers = {layer.weight: layer for layer in wide_layers(net)}
        self.exchanged = exchanged
        self._of_all: dict[WideLinear, int] = {}  # leading pairs of factors that are gathered
        for layer in self.layers.values():
            layer.factored = True
            if exchanged:  # all begin alike, as other parameters do
                dist.broadcast(layer.weight.detach(), 0)
        # After the others, which `step` has then updated; a closure has run by then as well.
        self.register_step_post_hook(lambda optimizer, *_: optimizer._step_wide())

    def zero_grad(self, set_to_none: bool = True) -> None:
        """As in torch; the factors are gradients too, and of zeros a step still decays by them."""
        super().zero_grad(set_to_none)
        for layer in self.layers.values():
            zeros = [
                (dy.new_zeros(1, dy.shape[1]), x.new_zeros(1, x.shape[1]))
                for dy, x in layer.factors[:1]
            ]
            layer.factors[:] = [] if set_to_none else zeros
        self._of_all.clear()

    @torch.no_grad()
    def clip_grad_norm_(self, max_norm: float) -> Tensor:
        """`torch.nn.utils.clip_grad_norm_` over all parameters, wide or not.

        Returns:
            The norm before clipping. Of a factored gradient, ‖dYᵀX‖² = Σ (dY dYᵀ) ∘ (X Xᵀ).
        """
        self._exchange()
        others = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        squares = [torch.linalg.vector_norm(p.grad).double() ** 2 for p in others]
        for layer in self.layers.values():
            if layer.factors:
                dy, x = (f.double() for f in joined(layer))
                squares.append(((dy @ dy.T) * (x @ x.T)).sum().clamp(min=0))
        if not squares:  # no gradient anywhere: torch says 0
            return torch.tensor(0.0)
        norm = torch.stack(squares).sum().sqrt()
        scale = (max_norm / (norm + 1e-6)).clamp(max=1)
        for p in others:
            p.grad.mul_(scale.to(p.grad.dtype))
        for layer in self.layers.values():
            layer.factors[:] = [(dy * scale.to(dy.dtype), x) for dy, x in layer.factors]
        return norm

    @torch.no_grad()
    def _step_wide(self) -> None:
        self._exchange()
        for group in self.param_groups:
            for p in group["params"]:
                layer = self.layers.get(p)
                if layer is not None and layer.factors:
                    self._update_layer(layer, self.state[p], group)

    def _update_layer(self, layer: WideLinear, state: dict, group: dict) -> None:
        rounded = layer.room_for_rounded()
        more = {} if rounded is None else {"rounded": rounded}
        update = self._update(layer.weight.device.type)
        update(layer.weight, *joined(layer), state, group, **more)
        if rounded is not None:
            layer.keep_rounded()

    def _exchange(self) -> None:
        """Make the factors of this process those of all."""
        for layer in self.layers.values() if self.exchanged else ():
            done = self._of_all.get(layer, 0)
            if len(layer.factors) > done:
                layer.factors[done:] = [gathered(*joined(layer, done))]
                self._of_all[layer] = done + 1

    def _update(self, device: str) -> Callable[..., None]:
        if device == "cpu":
            return _update_by_blocks
        if device == "cuda" and self.one_pass:
            from ltlight.optim.triton_sgd import (
                update_in_one_pass,  # needs Triton, which not all have
            )

            return update_in_one_pass
        return _update_by_product


def joined(layer: WideLinear, first: int = 0) -> tuple[Tensor, Tensor]:
    """(dY, X) of all backward passes from the ``first`` on, in the weight's type."""
    pairs = layer.factors[first:]
    dy, x = pairs[0] if len(pairs) == 1 else map(torch.cat, zip(*pairs, strict=True))
    return dy.to(layer.weight.dtype), x.to(layer.weight.dtype)


def _update_by_blocks(
    p: Tensor, dy: Tensor, x: Tensor, state: dict, group: dict, rounded: Tensor | None = None
) -> None:
    """Some rows of the gradient at a time, given to torch's own fused kernel while in cache.

    The new rows are rounded from there too, if asked.
    """
    first = state.get("momentum_buffer") is None
    if group["momentum"] and first:
        state["momentum_buffer"] = torch.zeros_like(p)
    momentum: Any = state.get("momentum_buffer")
    dyt, rows = dy.T.contiguous(), max(1, BLOCK_BYTES // (p.shape[1] * p.element_size()))
    options = {k: group[k] for k in ("weight_decay", "momentum", "dampening", "nesterov")}
    for i in range(0, len(p), rows):
        block = slice(i, i + rows)
        torch._fused_sgd_(
            [p[block]],
            [product(dyt[block], x.t())],
            [momentum[block]] if group["momentum"] else [],
            **options,
            lr=float(group["lr"]),
            maximize=group["maximize"],
            is_first_step=first,
        )
        if rounded is not None:
            rounded[block].copy_(p[block])


def _update_by_product(p: Tensor, dy: Tensor, x: Tensor, state: dict, group: dict) -> None:
    """The momentum buffer is the accumulator of one matrix product (GPUs)."""
    lr, mu = float(group["lr"]), group["momentum"]
    sign = -1.0 if group["maximize"] else 1.0
    decay = group["weight_decay"]
    if mu == 0:
        p.addmm_(dy.T, x, beta=1 - lr * decay, alpha=-lr * sign)
        return
    first = state.get("momentum_buffer") is None
    if first:
        state["momentum_buffer"] = torch.zeros_like(p)
    momentum, share = state["momentum_buffer"], 1.0 if first else 1 - group["dampening"]
    momentum.addmm_(dy.T, x, beta=mu, alpha=sign * share)
    if decay:
        momentum.add_(p, alpha=decay * share)
    if group["nesterov"]:  # the step is gradient + mu * momentum
        if decay:
            p.mul_(1 - lr * decay)
        p.addmm_(dy.T, x, alpha=-lr * sign)
        lr *= mu
    p.add_(momentum, alpha=-lr)


def wide_layers(net: nn.Module) -> list[WideLinear]:
    """The layers whose weights are updated from factors."""
    layers = [m for m in net.modules() if isinstance(m, WideLinear)]
    return [layer for layer in layers if layer.weight.numel() >= WIDE]
