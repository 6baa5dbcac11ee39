"""Several networks of one structure as one, their weights in one tensor each."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional as F


class Stack(nn.Module):
    """K networks of one structure, whose trained weights have a leading dimension K.

    The networks stay usable: while they are stacked their weights are views of the stack's, so each
    can be evaluated, bounded, averaged or loaded by itself, in place. Elementwise optimisers (SGD,
    AdamW) move all at once as they would each; what looks at all weights of a network together
    (SAM, clipping by the norm) would see K of them as one.
    """

    def __init__(self, nets: Sequence[nn.Module]) -> None:
        """Take the weights of the networks, at least one; see `released`."""
        super().__init__()
        self._nets = tuple(nets)  # in a tuple, so that they are no modules of this one
        weights = [dict(net.named_parameters()) for net in nets]
        moved = [name for name, weight in weights[0].items() if weight.requires_grad]
        self._names = moved
        stacked = [torch.stack([each[name].detach() for each in weights]) for name in moved]
        self.weights = nn.ParameterList(stacked)
        for name, stack in zip(moved, stacked, strict=True):
            for own, part in zip((each[name] for each in weights), stack, strict=True):
                own.data = part
        tensors = [dict(net.state_dict()) for net in nets]
        fixed = [name for name in tensors[0] if name not in moved]
        self._fixed = {name: torch.stack([each[name] for each in tensors]) for name in fixed}
        self._one_trunk = self._trunk()

    def _trunk(self) -> nn.Module | None:
        """What comes before linear heads, where all networks have the same of it; else None."""
        net: Any = self._nets[0]
        same = all((values == values[:1]).all() for values in self._fixed.values())
        linear = type(net.head) is nn.Linear and self._names == ["head.weight", "head.bias"]
        if not (same and linear):
            return None
        trunk = copy.copy(net)
        trunk._modules = net._modules | {"head": nn.Identity()}
        return trunk

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """K inputs float [B, D] to logits [K, B, C], each by the network at its place.

        Where all are the same batch, linear layers are one product: vmap would make K of it, which
        takes twice as long.
        """
        shared = inputs[0] if all(own is inputs[0] for own in inputs) else None
        if shared is not None and self._one_trunk is not None:
            weight, bias = self.weights
            given = self._one_trunk(shared)
            logits = F.linear(given, weight.flatten(0, 1), bias.flatten())
            return logits.unflatten(1, bias.shape).transpose(0, 1)
        weights = dict(zip(self._names, self.weights, strict=True))
        stacked: Tensor = vmap(self._one)(weights, self._fixed, torch.stack(list(inputs)))
        return stacked

    def _one(self, weights: dict[str, Tensor], fixed: dict[str, Tensor], inputs: Tensor) -> Tensor:
        logits: Tensor = functional_call(self._nets[0], (weights, fixed), (inputs,))
        return logits

    def release(self) -> None:
        """Give every network weights of its own again, as they are now."""
        for net in self._nets:
            for name, weight in net.named_parameters():
                if name in self._names:
                    weight.data = weight.data.clone()
