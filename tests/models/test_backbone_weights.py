"""Weights by name, by order, or refused with the first tensor that differs."""

import pytest
import torch
from torch import nn

from ltlight.errors import UserError
from ltlight.models.backbone_weights import load_backbone, read_weights


def net(width: int = 4) -> nn.Module:
    return nn.ModuleDict({"stem": nn.Conv2d(3, width, 3), "norm": nn.BatchNorm2d(width)})


def other_names(state: dict) -> dict:
    """The same tensors as another library calls them, and its classifier."""
    renamed = {f"_{name}".replace("stem", "conv0"): tensor for name, tensor in state.items()}
    return renamed | {"_fc.weight": torch.zeros(7, 4), "_fc.bias": torch.zeros(7)}


@pytest.mark.parametrize("wrapper", [None, "state_dict"])
def test_by_name_whatever_it_is_wrapped_in(tmp_path, wrapper):
    source, target = net(), net()
    state = {f"module.{k}": v for k, v in source.state_dict().items()}
    torch.save(state if wrapper is None else {wrapper: state, "epoch": 3}, tmp_path / "w.pth")
    assert load_backbone(target, tmp_path / "w.pth") == []
    for name, tensor in source.state_dict().items():
        torch.testing.assert_close(target.state_dict()[name], tensor)


def test_by_order_where_names_differ(tmp_path):
    source, target = net(), net()
    torch.save(other_names(source.state_dict()), tmp_path / "w.pth")
    assert load_backbone(target, tmp_path / "w.pth") == ["_fc.weight", "_fc.bias"]
    torch.testing.assert_close(target["stem"].weight, source["stem"].weight)
    torch.testing.assert_close(target["norm"].running_var, source["norm"].running_var)


def test_safetensors(tmp_path):
    safetensors = pytest.importorskip("safetensors.torch", reason="an extra: .[pretrained]")
    source, target = net(), net()
    safetensors.save_file(source.state_dict(), str(tmp_path / "w.safetensors"))
    load_backbone(target, tmp_path / "w.safetensors")
    torch.testing.assert_close(target["stem"].weight, source["stem"].weight)


@pytest.mark.parametrize("named", [True, False])
def test_another_architecture_is_refused_by_its_first_difference(tmp_path, named):
    state = net(width=5).state_dict()
    torch.save(state if named else other_names(state), tmp_path / "w.pth")
    with pytest.raises(
        UserError, match=r"stem\.weight.*\(5, 3, 3, 3\)|\(5, 3, 3, 3\).*stem\.weight"
    ):
        load_backbone(net(), tmp_path / "w.pth")


def test_fewer_tensors_are_another_architecture(tmp_path):
    state = dict(list(other_names(net().state_dict()).items())[:3])
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"tensor 4 is nothing there and norm\.bias"):
        load_backbone(net(), tmp_path / "w.pth")


def test_what_is_no_file_of_weights_is_one_line(tmp_path):
    good = tmp_path / "good.pth"
    torch.save(net().state_dict(), good)
    (tmp_path / "half.pth").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    (tmp_path / "text.pth").write_text("weights")
    torch.save(net(), tmp_path / "pickled.pth")
    torch.save({"lr": 0.1}, tmp_path / "settings.pth")
    for name in ("half.pth", "text.pth", "pickled.pth", "settings.pth", "none.pth"):
        refused(tmp_path / name)


def test_half_a_file_of_safetensors_is_one_line(tmp_path):
    pytest.importorskip("safetensors", reason="an extra: .[pretrained]")
    (tmp_path / "half.safetensors").write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{}")
    refused(tmp_path / "half.safetensors")


def refused(file):
    with pytest.raises(UserError, match=rf"model\.weights=.*{file.name}") as caught:
        read_weights(file)
    assert len(str(caught.value).splitlines()) == 1
    assert "weights_only=False" not in str(caught.value)
