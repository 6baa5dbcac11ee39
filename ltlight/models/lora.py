"""Low-rank adaptation of a transformer: LoRA (Hu et al., ICLR 2022), by the library `peft`."""

from typing import Any

import torch
from torch import nn

from ltlight.errors import UserError, some

EXTRA = (
    "model.train=lora needs peft, which is an extra: in the checkout of ltlight, "
    "pip install --editable '.[adapters]'"
)
BLOCKS = ".blocks."  # where timm's transformers keep theirs; the stem is before, a pool after them


def add_adapters(net: Any, rank: int, image_size: int) -> None:
    """Freeze a network of timm but for a low-rank term beside each linear layer of its blocks.

    A layer's output W x + b becomes W x + b + B A x with A [rank, in] and B [out, rank]; B starts
    at 0, so that the network starts as the one it was. A and B alone are trained, in place.

    Args:
        net: of timm, a transformer.
        rank: of every layer's term, above 0.
        image_size: pixels that the network takes.

    Raises:
        UserError: for a network without such layers, one that hides them from adapters, or without
            peft.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as e:
        raise UserError(EXTRA) from e
    named = net.named_modules()
    linear = [name for name, m in named if isinstance(m, nn.Linear) and BLOCKS in f".{name}"]
    if not linear:
        raise UserError(
            "model.train=lora is of transformers, and this backbone has no blocks with linear "
            "layers: take model.train=last model.last_blocks=1, or all"
        )
    # alpha = rank: the term is taken as it is, whatever its rank
    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=rank, target_modules=linear), net)
    _refuse_unreached(net, image_size)


def _refuse_unreached(net: Any, image_size: int) -> None:
    """Let pass where every adapter takes part: some networks read a layer's weights themselves.

    Raises:
        UserError: naming layers whose adapters would never be asked.
    """
    asked: set[str] = set()
    adapted = {n: m for n, m in net.named_modules() if hasattr(m, "lora_A")}
    hooks = [
        module.register_forward_hook(lambda *_, name=name: asked.add(name))
        for name, module in adapted.items()
    ]
    try:
        with torch.inference_mode():
            net.eval()(torch.zeros(1, 3, image_size, image_size))
    finally:
        for hook in hooks:
            hook.remove()
    unreached = sorted(set(adapted) - asked)
    if unreached:
        raise UserError(
            f"model.train=lora: this backbone reads the weights of {some(unreached, 3)} past the "
            "adapters: take model.train=last model.last_blocks=1, or all"
        )


def without_adapters(layer: nn.Module) -> nn.Module:
    """The linear layer that computes what an adapted one does; another layer as it is."""
    if not hasattr(layer, "lora_A"):
        return layer
    layer.merge()  # type: ignore[operator]
    plain: nn.Module = layer.get_base_layer()  # type: ignore[operator]
    return plain
