"""Weights from a checkpoint into a network, with a clear word where they don't fit."""

import pickle
import warnings
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
        with warnings.catch_warnings(action="ignore"):  # of pickles that it is about to refuse
            saved = dict(torch.load(path, map_location="cpu", weights_only=True)["state_dict"])
        shapes = {k: tuple(v.shape) for k, v in saved.items() if k.startswith(PREFIX)}
    # Whatever: torch reads what may be any file, and fails as its bytes have it. Its own words
    # advise to load what it refuses (weights_only=False), which would run the file's code.
    except Exception as e:
        why = "objects other than weights, or no torch file at all"
        reason = why if isinstance(e, pickle.UnpicklingError) else type(e).__name__
        raise UserError(
            f"model.checkpoint={path} is not a checkpoint of ltlight ({reason}): name a run's "
            "model.ckpt"
        ) from e
    weights = {k.removeprefix(PREFIX): v for k, v in saved.items() if k.startswith(PREFIX)}
    wanted = {k: tuple(v.shape) for k, v in net.state_dict().items()}
    found = {k.removeprefix(PREFIX): shape for k, shape in shapes.items()}
    for name in [*wanted, *found]:
        if wanted.get(name) != found.get(name):
            raise UserError(
                f"model.checkpoint={path} doesn't fit the model: {name} has shape "
                f"{found.get(name, 'none')} there and {wanted.get(name, 'none')} here: use its "
                "model.width, data.image_size and number of classes"
            )
    net.load_state_dict(weights)
