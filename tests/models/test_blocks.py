"""Which parameters are of the last blocks, of networks that timm names."""

import pytest
import torch
from torch import nn

from ltlight.errors import UserError
from ltlight.models.blocks import blocks_by_parameter, freeze_all_but_last

timm = pytest.importorskip("timm", reason="an extra: .[pretrained]")


def network(name: str) -> nn.Module:
    with torch.device("meta"):  # names are enough
        return timm.create_model(name, num_classes=0)


# How many there are, and what the names of those that move with the last begin with.
LAST = {
    "resnet10t": (4, {"layer4.0"}),
    "resnet50": (16, {"layer4.2"}),
    "tf_efficientnet_lite0": (16, {"blocks.6", "conv_head", "bn2"}),
    "vit_tiny_patch16_224": (12, {"blocks.11", "norm"}),
    "vit_small_patch14_dinov2": (12, {"blocks.11", "norm"}),
    "vit_base_patch16_siglip_224": (12, {"blocks.11", "norm", "attn_pool"}),
    "resnet50_clip": (16, {"stages.3.2", "head"}),
    "convnext_atto": (12, {"stages.3.blocks.1", "head.norm"}),
}


@pytest.mark.parametrize("name", LAST)
def test_the_last_block_and_what_follows_it_move(name):
    net, (count, begin) = network(name), LAST[name]
    assert max(blocks_by_parameter(net).values()) == count
    freeze_all_but_last(net, 1)
    for parameter, tensor in net.named_parameters():
        wanted = any(parameter.startswith(f"{b}.") for b in begin)
        assert tensor.requires_grad == wanted, parameter


def test_all_blocks_leave_the_stem():
    net = network("resnet10t")
    freeze_all_but_last(net, 4)
    frozen = {name.partition(".")[0] for name, p in net.named_parameters() if not p.requires_grad}
    assert frozen == {"conv1", "bn1"}


def test_more_blocks_than_there_are_or_none_are_refused():
    with pytest.raises(UserError, match=r"last_blocks=5: the backbone has 4 blocks"):
        freeze_all_but_last(network("resnet10t"), 5)
    with pytest.raises(UserError, match="can't tell the blocks"):
        freeze_all_but_last(nn.Linear(2, 2), 1)
