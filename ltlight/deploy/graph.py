"""The graph that is exported: pixels in, probabilities out, everything between inside."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from ltlight.data.sources.picture import Preprocessing
from ltlight.deploy.bundle import Bundle
from ltlight.models.lora import without_adapters
from ltlight.models.pretrained import FeatureHead
from ltlight.models.wide_linear import WideLinear

OUTPUTS = ("probabilities", "logits")


class Graph(nn.Module):
    """Probabilities beside the calibrated logits that they are the softmax of."""

    def __init__(self, net: nn.Module) -> None:
        """Copy a network of `bundle.averaged`, with plain layers for those made for training."""
        super().__init__()
        self.net = with_plain_layers(net).cpu().eval().requires_grad_(False)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images uint8 [B, 3, S, S], RGB, to probabilities and logits float32 [B, C]."""
        logits: Tensor = self.net(images)
        return logits.softmax(dim=1), logits


def with_plain_layers(net: nn.Module) -> nn.Module:
    """A copy whose wide linear layers are torch's own: these take a kernel of the CPU's.

    The standardisation of a frozen backbone's features goes into the head's weights, low-rank
    terms into those of their layers.
    """
    net = copy.deepcopy(net)
    for module in list(net.modules()):
        for name, child in list(module.named_children()):
            plain: nn.Module = without_adapters(child)
            if isinstance(child, FeatureHead):
                plain = child.folded()
            elif isinstance(child, WideLinear):
                plain = nn.Linear(child.in_features, child.out_features, child.bias is not None)
                plain.weight, plain.bias = child.weight, child.bias
            module.register_module(name, plain)  # a Sequential's names are digits
    return net


def exported_program(net: nn.Module, image_size: int) -> torch.export.ExportedProgram:
    """The graph of a network, of any number of images."""
    images = torch.zeros(2, 3, image_size, image_size, dtype=torch.uint8)  # of 1 it would keep 1
    batch = torch.export.Dim("batch", min=1)
    return torch.export.export(Graph(net), (images,), dynamic_shapes={"images": {0: batch}})


def metadata(bundles: list[Bundle], prior: str | None) -> dict[str, Any]:
    """What has to be known to use an exported file, as JSON values."""
    from ltlight import __version__

    first = bundles[0]
    rule: Preprocessing = first.preprocessing
    return {
        "class_names": list(first.class_names),
        "image_size": rule.image_size,
        "resize": rule.resize,
        "background": rule.background,
        "input": f"images: uint8 [batch, 3, {rule.image_size}, {rule.image_size}], RGB, 0 to 255",
        "output": "probabilities and logits: float32 [batch, classes]",
        "temperature": [bundle.temperature_under(prior) for bundle in bundles],
        "prior": prior or "as trained",
        "views": [bundle.config.method.tta for bundle in bundles],
        "runs": [str(bundle.folder.path) for bundle in bundles],
        "ltlight": __version__,
    }
