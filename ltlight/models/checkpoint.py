"""Weights from a checkpoint into a network, with a clear word where they don't fit."""

import pickle
from pathlib import Path

import torch
from torch import nn

from ltlight.errors import UserError

PREFIX = "net."  # of the network inside LongTailClassifier


def load_weights(net: nn.Module, path: Path) -> None:
    """Load the weights of a `model.ckpt` (or `last.ckpt`) of the same structure, in place.

    Raises:
        UserError: for a missing or damaged file, or one of another structure, naming the first
            tensor that differs.
    """
    if not path.is_file():
        raise UserError(f"model.checkpoint={path} is not a file: name a run's model.ckpt")
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, TypeError, ValueError) as e:
        raise UserError(f"model.checkpoint={path} is not a checkpoint of ltlight ({e})") from e
    weights = {k.removeprefix(PREFIX): v for k, v in saved.items() if k.startswith(PREFIX)}
    wanted = {k: tuple(v.shape) for k, v in net.state_dict().items()}
    found = {k: tuple(v.shape) for k, v in weights.items()}
    for name in [*wanted, *found]:
        if wanted.get(name) != found.get(name):
            raise UserError(
                f"model.checkpoint={path} doesn't fit the model: {name} has shape "
                f"{found.get(name, 'none')} there and {wanted.get(name, 'none')} here: use its "
                "model.width, data.image_size and number of classes"
            )
    net.load_state_dict(weights)
