"""The optimiser of a training and the schedule of its rate, from finished options."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from torch import nn
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from ltlight.errors import UserError
from ltlight.optim.factored_sgd import FactoredSGD, wide_layers
from ltlight.optim.lr_schedules import Schedule, constant
from ltlight.optim.sam import SAM

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OptimizerFactory:
    """What is known of an optimiser before there are weights on a device.

    Attributes:
        lr, weight_decay: of the optimiser.
        momentum, nesterov: of `torch.optim.SGD`; None and False for another.
        one_pass: see `FactoredSGD`.
        schedule: what multiplies ``lr`` at every step, see `lr_schedules`.
        warmup_epochs: of its linear increase.
        sam: radius of `SAM`, 0 for none.
        kind: makes the optimiser of this factory, see `sgd` and `adamw`; None: SGD.
        backbone_lr_factor: rate of a network's ``backbone``, if it has one, as a share of ``lr``.
    """

    lr: float
    momentum: float | None
    weight_decay: float
    nesterov: bool
    one_pass: bool
    schedule: Schedule
    warmup_epochs: int
    sam: float
    kind: Callable[..., Optimizer] | None = None
    backbone_lr_factor: float = 1.0

    @property
    def keeps_factors(self) -> bool:
        """Whether wide layers keep their gradients in factors, unless something else needs them."""
        return self.sam == 0 and self.kind in (None, sgd)

    def optimizer(
        self, net: nn.Module, stored_because: str | None, exchanged: bool = False
    ) -> Optimizer:
        """The optimiser of a network's weights, inside SAM where there is a radius.

        Args:
            net: whose parameters are trained.
            stored_because: why gradients have to be stored, see `build_sgd`.
            exchanged: whether the optimiser gathers factors, see `FactoredSGD`.
        """
        if self.sam > 0:
            stored_because = stored_because or "method.sam climbs along them"
        base = (self.kind or sgd)(self, net, stored_because, exchanged)
        return SAM(base, self.sam, net) if self.sam > 0 else base

    def groups(self, net: nn.Module) -> list[dict[str, Any]] | None:
        """Parameter groups: all but the backbone's, and the backbone's at its own rate.

        Weights that don't move are in neither. None where one group of all weights will do.
        """
        backbone = getattr(net, "backbone", None)
        if backbone is None or self.backbone_lr_factor == 1:
            return None
        of_backbone = {id(p) for p in backbone.parameters()}
        moving = [p for p in net.parameters() if p.requires_grad]
        return [
            {"params": [p for p in moving if id(p) not in of_backbone]},
            {
                "params": [p for p in moving if id(p) in of_backbone],
                "lr": self.lr * self.backbone_lr_factor,
            },
        ]

    @property
    def has_schedule(self) -> bool:
        """Whether the rate ever changes."""
        return self.schedule is not constant

    def scheduler(self, optimizer: Optimizer, steps_per_epoch: int, epochs: int) -> LambdaLR:
        """The schedule over a training of ``epochs`` times ``steps_per_epoch``, stepped by step."""
        warmup, total = self.warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
        return LambdaLR(optimizer, lambda step: self.schedule(step, warmup, total, epochs))


def sgd(
    factory: OptimizerFactory, net: nn.Module, stored_because: str | None, exchanged: bool
) -> SGD:
    """SGD of a network's weights, see `build_sgd`."""
    return build_sgd(
        net,
        stored_because,
        factory.one_pass,
        factory.groups(net),
        exchanged,
        lr=factory.lr,
        momentum=factory.momentum,
        weight_decay=factory.weight_decay,
        nesterov=factory.nesterov,
    )


def adamw(
    factory: OptimizerFactory, net: nn.Module, stored_because: str | None, exchanged: bool
) -> AdamW:
    """AdamW of a network's weights, with torch's betas."""
    assert not exchanged  # `OptimizerFactory.keeps_factors`
    _store_gradients(net, stored_because or "optim=adamw averages their squares")
    groups = factory.groups(net)
    return AdamW(
        net.parameters() if groups is None else groups,
        lr=factory.lr,
        weight_decay=factory.weight_decay,
        fused=True,
    )


def build_sgd(
    net: nn.Module,
    stored_because: str | None = None,
    one_pass: bool = False,
    groups: list[dict[str, Any]] | None = None,
    exchanged: bool = False,
    **options: Any,
) -> SGD:
    """SGD for a network: factored where it has wide layers, and where that can be served.

    Args:
        net: whose parameters are trained.
        stored_because: why gradients have to be stored, e.g. something else reads them; said once.
        one_pass: see `FactoredSGD`.
        groups: of its parameters; None: one of all.
        exchanged: see `FactoredSGD`.
        options: of `torch.optim.SGD`.

    Raises:
        UserError: for ``one_pass`` where it can't run.
    """
    if one_pass and next(net.parameters()).device.type != "cuda":
        raise UserError("optim.one_pass=true is a kernel for CUDA: leave it at false here")
    if one_pass and find_spec("triton") is None:
        raise UserError(
            "optim.one_pass=true needs Triton, which torch's CUDA builds for Linux bring along: "
            "install one, or leave it at false"
        )
    # fused: one pass over weights, gradient and momentum instead of several
    if stored_because is None:
        return FactoredSGD(net, one_pass, groups, exchanged, fused=True, **options)
    _store_gradients(net, stored_because)
    return SGD(net.parameters() if groups is None else groups, fused=True, **options)


def _store_gradients(net: nn.Module, stored_because: str) -> None:
    """Have wide layers store their gradients, and say so once."""
    wide = wide_layers(net)
    for layer in wide:
        layer.factored = False
    if wide:
        log.warning("the gradients of wide layers are stored, which costs time: %s", stored_because)


def clip_factored(optimizer: Optimizer, max_norm: float | None) -> bool:
    """Clip gradients that only their optimiser can reach.

    Args:
        optimizer: of `build_sgd`.
        max_norm: largest norm of all gradients together; None for no clipping.

    Returns:
        Whether the optimiser is of that kind; others are to be clipped as usual.
    """
    if not isinstance(optimizer, FactoredSGD):
        return False
    if max_norm:
        optimizer.clip_grad_norm_(max_norm)
    return True
