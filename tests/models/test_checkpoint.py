import pytest
import torch

from ltlight.errors import UserError
from ltlight.models.checkpoint import load_weights
from ltlight.models.cnn_cifar import CNNCifar


def save(net, path):
    torch.save({"state_dict": {f"net.{k}": v for k, v in net.state_dict().items()}}, path)
    return path


def test_weights_arrive(tmp_path):
    saved, fresh = CNNCifar(3, width=0.02), CNNCifar(3, width=0.02)
    load_weights(fresh, save(saved, tmp_path / "model.ckpt"))
    for a, b in zip(saved.state_dict().values(), fresh.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_other_width_is_named_with_its_shapes(tmp_path):
    path = save(CNNCifar(3, width=0.04), tmp_path / "model.ckpt")
    with pytest.raises(UserError, match=r"feature\.0\.weight has shape \(3, .* and \(1, "):
        load_weights(CNNCifar(3, width=0.02), path)


def test_damaged_file_is_refused(tmp_path):
    (tmp_path / "model.ckpt").write_bytes(b"not a checkpoint")
    with pytest.raises(UserError, match="is not a checkpoint"):
        load_weights(CNNCifar(3, width=0.02), tmp_path / "model.ckpt")


def test_absent_file_is_refused(tmp_path):
    with pytest.raises(UserError, match="is not a file"):
        load_weights(CNNCifar(3, width=0.02), tmp_path / "model.ckpt")
