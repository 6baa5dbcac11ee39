"""Pretrained backbones by their timm names: images to features."""

import hashlib
import logging
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ltlight.config.pretrained import NO_WEIGHTS
from ltlight.errors import UserError, some
from ltlight.models.backbone_weights import load_backbone

log = logging.getLogger(__name__)
EXTRA = (
    "model=pretrained needs timm, which is an extra: in the checkout of ltlight, "
    "pip install --editable '.[pretrained]'"
)


@dataclass(frozen=True)
class Input:
    """How a backbone wants its images: timm's data configuration.

    Attributes:
        image_size: side in pixels.
        mean, std: of every channel, of values in [0, 1].
        interpolation: bilinear or bicubic.
    """

    image_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str


class Backbone(nn.Module):
    """Images of any size to features of a pretrained network.

    Attributes:
        net: normalised images float [B, 3, S, S] to features [B, D].
        input: how it wants its images.
        num_features: D.
        license: of its weights, as timm knows it; None where it doesn't.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, net: Any, wanted: Input) -> None:
        """Wrap a network without a classifier."""
        super().__init__()
        self.net, self.input = net, wanted
        self.num_features = int(getattr(net, "head_hidden_size", None) or net.num_features)
        self.license = (getattr(net, "pretrained_cfg", None) or {}).get("license")
        for name in ("mean", "std"):
            values = torch.tensor(getattr(wanted, name))[:, None, None]
            self.register_buffer(name, values, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Images float [B, 3, H, W] in [-1, 1] to features float [B, D].

        Scaled to the size that the network was trained at, antialiased, whatever theirs is.
        """
        side = self.input.image_size
        unit = images * 0.5 + 0.5
        if unit.shape[-2:] != (side, side):
            unit = F.interpolate(
                unit,
                size=(side, side),
                mode=self.input.interpolation,
                antialias=True,
                align_corners=False,
            ).clamp(0, 1)
        features: Tensor = self.net((unit - self.mean) / self.std)
        return features

    def digest(self) -> str:
        """Of all its weights: what two loads of one file have in common."""
        found = hashlib.sha256(repr(self.input).encode())
        for name, tensor in self.net.state_dict().items():
            found.update(name.encode())
            found.update(tensor.contiguous().cpu().view(-1).view(torch.uint8).numpy())
        return found.hexdigest()[:24]


def build_backbone(name: str, weights: str | None, image_size: int | None) -> Backbone:
    """The backbone of a timm name with its weights, in evaluation mode.

    Args:
        name: of timm, with or without the tag of its weights.
        weights: None, of timm's hub; ``random``; or a file, see `load_backbone`.
        image_size: pixels; None: the size that its weights are evaluated at.

    Raises:
        UserError: for an unknown name, weights that can't be had or don't fit, or a size that the
            backbone can't take.
    """
    timm = _timm()
    refuse_unknown(name)
    given = {} if image_size is None or _takes_any_size(name) else {"img_size": image_size}
    try:
        with torch.random.fork_rng(devices=[]):  # the training's draws don't depend on this one's
            torch.manual_seed(0)
            net = timm.create_model(name, pretrained=weights is None, num_classes=0, **given)
    except (OSError, RuntimeError, ValueError, TypeError, AssertionError) as e:
        raise UserError(_no_weights(name, e) if weights is None else _no_size(image_size, e)) from e
    wanted = timm.data.resolve_model_data_config(net)
    own = wanted["input_size"][-1]
    if weights is not None and weights != NO_WEIGHTS:
        unused = load_backbone(net, Path(weights).expanduser())
        if unused:
            log.info("model.weights: not used, for they are of its classifier: %s", some(unused, 3))
    backbone = Backbone(
        net.eval(),
        Input(
            image_size or own,
            tuple(wanted["mean"]),
            tuple(wanted["std"]),
            wanted["interpolation"] if wanted["interpolation"] != "random" else "bicubic",
        ),
    )
    _try_out(backbone)
    return backbone


def refuse_unknown(name: str) -> None:
    """Let pass what timm knows.

    Raises:
        UserError: with the names that are near.
    """
    timm, plain = _timm(), name.partition(".")[0]
    if timm.is_model(plain):
        return
    near = get_close_matches(plain, timm.list_models(), n=3)
    meant = f"did you mean {' or '.join(near)}?" if near else "timm.list_models() has them all"
    raise UserError(f"model.backbone={name} is no network of timm {timm.__version__}: {meant}")


def _timm() -> Any:
    try:
        import timm
        import timm.data
    except ImportError as e:
        raise UserError(EXTRA) from e
    return timm


def _takes_any_size(name: str) -> bool:
    """Whether its structure is the same for all sizes, as a convolutional network's is."""
    config = _timm().get_pretrained_cfg(name.partition(".")[0])
    return config is None or not config.fixed_input_size


@torch.no_grad()
def _try_out(backbone: Backbone) -> None:
    """One image through it: a size that it can't take shows here and not after the decoding."""
    side = backbone.input.image_size
    try:
        backbone(torch.zeros(1, 3, side, side))
    except (RuntimeError, AssertionError, ValueError) as e:
        raise UserError(_no_size(side, e)) from e


def _no_size(image_size: int | None, error: Exception) -> str:
    told = str(error).splitlines()[0]
    return f"model.image_size={image_size}: the backbone can't take images of that size ({told})"


def _no_weights(name: str, error: Exception) -> str:
    told = str(error).splitlines()[0]
    return (
        f"the weights of {name} could not be had ({told}): without a network, put their file here "
        "and name it with model.weights=FILE (safetensors, or a state dict)"
    )
