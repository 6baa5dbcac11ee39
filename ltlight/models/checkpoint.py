"""Weights from a checkpoint into a network, with a clear word where they don't fit."""

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from ltlight.errors import UserError

PREFIX = "net."  # of the network inside LongTailClassifier


def load_weights(net: nn.Module, path: Path, other_head: str | None = None) -> None:
    """Load the weights of a `model.ckpt` (or `last.ckpt`) of the same structure, in place.

    Args:
        net: takes them.
        path: of the checkpoint.
        other_head: what is said of one that differs in the kind of its head alone, linear or
            cosine; None: what is said of any other structure.

    Raises:
        UserError: for a missing or damaged file, or one of another structure, naming the first
            tensor that differs.
    """
    weights, found = _read(path)
    wanted = _shapes(net.state_dict())
    differing = [name for name in wanted | found if wanted.get(name) != found.get(name)]
    if other_head is not None and differing == [_bias_of_head(net)]:  # cosines have none
        raise UserError(f"model.checkpoint={path} {other_head}")
    if differing:
        name = differing[0]
        raise UserError(
            f"model.checkpoint={path} doesn't fit the model: {name} has shape "
            f"{found.get(name, 'none')} there and {wanted.get(name, 'none')} here: use its "
            "model.width, data.image_size and number of classes"
        )
    net.load_state_dict(weights)


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, tuple[int, ...]]]:
    """Weights of a network and their shapes, by their names in it.

    Raises:
        UserError: for a missing or damaged file.
    """
    if not path.is_file():
        raise UserError(f"model.checkpoint={path} is not a file: name a run's model.ckpt")
    try:
        with warnings.catch_warnings(action="ignore"):  # of pickles that it is about to refuse
            saved = dict(torch.load(path, map_location="cpu", weights_only=True)["state_dict"])
        weights = {k.removeprefix(PREFIX): v for k, v in saved.items() if k.startswith(PREFIX)}
        shapes = _shapes(weights)
    # Whatever: torch reads what may be any file, and fails as its bytes have it. Its own words
    # advise to load what it refuses (weights_only=False), which would run the file's code.
    except Exception as e:
        why = "objects other than weights, or no torch file at all"
        reason = why if isinstance(e, pickle.UnpicklingError) else type(e).__name__
        raise UserError(
            f"model.checkpoint={path} is not a checkpoint of ltlight ({reason}): name a run's "
            "model.ckpt"
        ) from e
    return weights, shapes


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in weights.items()}


def _bias_of_head(net: nn.Module) -> str | None:
    """What the bias of the last layer is called, whether it has one or not."""
    head = getattr(net, "head", None)
    return next((f"{name}.bias" for name, part in net.named_modules() if part is head), None)
