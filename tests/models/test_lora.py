import copy

import pytest
import torch
from torch import nn

from ltlight.errors import UserError
from ltlight.models.lora import add_adapters, without_adapters

timm = pytest.importorskip("timm", reason="timm is the extra pretrained")
pytest.importorskip("peft", reason="peft is the extra adapters")
SIDE = 32


def transformer() -> nn.Module:
    torch.manual_seed(0)
    told = {"img_size": SIDE, "patch_size": 16, "embed_dim": 24, "depth": 2, "num_heads": 2}
    return timm.create_model("vit_tiny_patch16_224", num_classes=0, **told).eval()


def moved(net: nn.Module) -> nn.Module:
    """Low-rank terms that do something: B starts at 0."""
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.1)
    return net


def test_a_network_starts_as_it_was_and_its_terms_alone_are_trained():
    net, images = transformer(), torch.randn(2, 3, SIDE, SIDE)
    before = net(images)
    add_adapters(net, 3, SIDE)
    assert torch.equal(net.eval()(images), before)
    trained = {name: p.shape for name, p in net.named_parameters() if p.requires_grad}
    assert len(trained) == 2 * 4 * 2  # A and B of qkv, proj, fc1 and fc2 in two blocks
    assert trained["blocks.1.mlp.fc1.lora_A.default.weight"] == (3, 24)
    assert trained["blocks.1.mlp.fc1.lora_B.default.weight"] == (96, 3)


def test_an_adapted_layer_is_w_plus_b_a():
    net, x = transformer(), torch.randn(5, 24)
    weight, bias = (p.detach().clone() for p in net.blocks[0].attn.qkv.parameters())
    add_adapters(net, 3, SIDE)
    layer = moved(net).blocks[0].attn.qkv
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    torch.testing.assert_close(layer(x), x @ (weight + b @ a).T + bias)
    plain = without_adapters(copy.deepcopy(layer))
    assert type(plain) is nn.Linear
    torch.testing.assert_close(plain(x), layer(x))


def test_what_is_no_layer_of_ours_stays():
    layer = nn.Linear(2, 2)
    assert without_adapters(layer) is layer


def test_a_convolutional_network_is_refused():
    net = timm.create_model("tf_efficientnet_lite0", num_classes=0)
    with pytest.raises(UserError, match="of transformers, and this backbone has no blocks"):
        add_adapters(net, 8, SIDE)


def test_layers_that_are_not_asked_are_refused():
    """BEiT multiplies by the weight of qkv itself: an adapter there would never learn."""
    told = {"img_size": SIDE, "embed_dim": 24, "depth": 1, "num_heads": 2, "num_classes": 0}
    net = timm.create_model("beit_base_patch16_224", **told)
    with pytest.raises(UserError, match=r"reads the weights of blocks\.0\.attn\.qkv past"):
        add_adapters(net, 8, SIDE)
