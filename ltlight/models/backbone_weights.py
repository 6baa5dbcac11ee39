"""Weights of a backbone from a file, matched by name or by order."""

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from ltlight.errors import UserError

WRAPPERS = ("state_dict", "model", "state_dict_ema", "model_ema")  # that training scripts save in


def load_backbone(net: nn.Module, path: Path) -> list[str]:
    """Load a file's weights into a backbone without a classifier, in place.

    By name where the names are the backbone's; else by order, where all shapes and the last parts
    of the names (weight, bias, running_mean, …) agree: the same architecture by another library.

    Args:
        net: gives features, has no classifier.
        path: safetensors, or a state dict that loads with ``weights_only=True``.

    Returns:
        Names in the file that are of no use here: those of its classifier.

    Raises:
        UserError: for a file that can't be read, or weights of another architecture, naming the
            first tensor that differs.
    """
    found, wanted = read_weights(path), net.state_dict()
    matched = {name: found[name] for name in wanted if name in found}
    if len(matched) == len(wanted):
        unused = [name for name in found if name not in wanted]
    else:
        matched, unused = _by_order(found, wanted, path)
    for name, tensor in matched.items():
        if tensor.shape != wanted[name].shape:
            raise UserError(
                f"model.weights={path} doesn't fit model.backbone: {name} has shape "
                f"{tuple(tensor.shape)} there and {tuple(wanted[name].shape)} here: name the "
                "backbone that they were trained in"
            )
    net.load_state_dict(matched)
    return unused


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a file by name, in its order.

    Raises:
        UserError: for a file that isn't there, is damaged, or holds anything but tensors.
    """
    if not path.is_file():
        raise UserError(f"model.weights={path} is not a file: name one, or random")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        content = torch.load(path, map_location="cpu", weights_only=True)
    except ImportError as e:
        raise UserError(
            "safetensors files need an extra: in the checkout of ltlight, "
            "pip install --editable '.[pretrained]'"
        ) from e
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, ValueError, OSError) as e:
        told = str(e).splitlines()[0].split(". ")[0]
        raise UserError(
            f"model.weights={path} can't be read as safetensors or a plain state dict ({told}): "
            "download it again, or save it anew with torch.save(net.state_dict(), …)"
        ) from e
    except Exception as e:  # safetensors has an exception of its own, and no base class for it
        if type(e).__module__.startswith("safetensors"):
            raise UserError(f"model.weights={path} is damaged ({e}): download it again") from e
        raise
    for wrapper in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    tensors = content if isinstance(content, Mapping) else {}
    if not tensors or not all(isinstance(v, Tensor) for v in tensors.values()):
        raise UserError(f"model.weights={path} holds no state dict: names to tensors are wanted")
    return {name.removeprefix("module."): tensor for name, tensor in tensors.items()}


def _by_order(
    found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], path: Path
) -> tuple[dict[str, Tensor], list[str]]:
    """The file's tensors under the backbone's names, and what is left of the file."""
    there = list(found.items())
    for place, (name, tensor) in enumerate(wanted.items()):
        other, other_tensor = there[place] if place < len(there) else ("nothing", None)
        if (
            other_tensor is None
            or other_tensor.shape != tensor.shape
            or other.rpartition(".")[2] != name.rpartition(".")[2]
        ):
            shape = "" if other_tensor is None else f" {tuple(other_tensor.shape)}"
            raise UserError(
                f"model.weights={path} are of another architecture than model.backbone: tensor "
                f"{place + 1} is {other}{shape} there and {name} {tuple(tensor.shape)} here: name "
                "the backbone that they were trained in"
            )
    matched = {name: there[place][1] for place, name in enumerate(wanted)}
    return matched, [name for name, _ in there[len(wanted) :]]
