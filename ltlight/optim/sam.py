"""Sharpness-aware minimisation (Foret et al., ICLR 2021)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from ltlight.errors import UserError

EPSILON = 1e-12  # keeps a gradient of exactly 0 from dividing by 0


class SAM(Optimizer):
    """Steps a base optimiser with the gradient at w + rho g / |g| in place of g, that at w.

    Eqs 2 and 3 of the paper; |g| is the Euclidean norm over all parameters together. Costs a second
    forward and backward pass a step, and a copy of the weights. The parameter groups and the state
    are the base's own: schedulers act on it, and its checkpoints resume with SAM and without. With
    several processes the gradients are averaged before they come here, so all take the same step.

    Attributes:
        base: the optimiser that moves the weights.
    """

    def __init__(self, base: Optimizer, rho: float, net: nn.Module | None = None) -> None:
        """Wrap an optimiser.

        Args:
            base: an optimiser whose step needs no closure.
            rho: radius of the neighbourhood, 0 or more; 0.05 in the paper. 0 is the base alone.
            net: the network; its batch norms then keep their running statistics in the second pass.
        """
        super().__init__(base.param_groups, base.defaults)
        self.base, self.rho = base, rho
        modules = () if net is None else net.modules()
        self._batch_norms = [m for m in modules if isinstance(m, _BatchNorm)]
        self._share()

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Two passes and one step of the base.

        Args:
            closure: clears the gradients, computes the loss and its gradients, returns the loss;
                called twice.

        Returns:
            What the closure returned first: the loss at the weights themselves.

        Raises:
            UserError: without a closure, as float16's gradient scaler calls an optimiser.
        """
        if closure is None:
            raise UserError(
                "method.sam above 0 computes every gradient twice, which "
                "trainer.precision=16-mixed can't do: take bf16-mixed or 32-true"
            )
        with torch.enable_grad():
            loss = closure()
        with self._ascended(), torch.enable_grad():
            closure()
        self.base.step()
        return loss

    @contextmanager
    def _ascended(self) -> Iterator[None]:
        """The weights moved up the slope; put back to the bit, whatever happens inside."""
        params = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        tracking = [m for m in self._batch_norms if m.track_running_stats]
        saved = [p.clone() for p in params]
        torch._foreach_add_(params, self._climb([p.grad for p in params]))
        # The running statistics describe the weights that are kept, so only the first pass counts;
        # batches are normalised by their own statistics in both.
        for norm in tracking:
            norm.track_running_stats = False
        try:
            yield
        finally:
            for norm in tracking:
                norm.track_running_stats = True
            torch._foreach_copy_(params, saved)

    def _climb(self, gradients: list[Tensor]) -> list[Tensor]:
        norm = torch.stack(torch._foreach_norm(gradients)).norm()  # stays on the device
        return list(torch._foreach_mul(gradients, self.rho / (norm + EPSILON)))

    def _share(self) -> None:
        self.param_groups, self.state = self.base.param_groups, self.base.state

    def state_dict(self) -> dict[str, Any]:
        """The base's: SAM itself remembers nothing."""
        return self.base.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Into the base, which then has new groups and a new state."""
        self.base.load_state_dict(state_dict)
        self._share()
