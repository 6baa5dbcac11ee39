import pytest
import torch

from ltlight.errors import UserError
from ltlight.models.checkpoint import load_weights
from ltlight.models.cnn_cifar import CNNCifar
from ltlight.models.heads import NormalisedLinear
from ltlight.models.pretrained import FeatureHead
from ltlight.models.resnet import ResNet32


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


def with_cosines(net):
    net.head = NormalisedLinear(net.head.in_features, net.head.out_features)
    return net


@pytest.mark.parametrize(
    "make",
    [lambda w: CNNCifar(3, width=w), lambda w: ResNet32(3, width=w), lambda _: FeatureHead(4, 3)],
)
@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_a_head_of_the_other_kind_is_told_in_the_callers_words(tmp_path, make, kind):
    linear, cosine = make(0.1), with_cosines(make(0.1))
    saved, net = (linear, cosine) if kind == "linear" else (cosine, linear)
    path = save(saved, tmp_path / "model.ckpt")
    with pytest.raises(UserError, match=f"^model.checkpoint={path} has another head$"):
        load_weights(net, path, "has another head")
    with pytest.raises(UserError, match=r"bias has shape .*none"):
        load_weights(net, path)


def test_a_head_of_the_other_kind_is_not_all_that_differs(tmp_path):
    path = save(CNNCifar(3, width=0.04), tmp_path / "model.ckpt")
    for net in (CNNCifar(3, width=0.02), CNNCifar(4, width=0.04)):
        with pytest.raises(UserError, match=r"doesn't fit the model: .*weight has shape"):
            load_weights(with_cosines(net), path, "has another head")


def test_damaged_file_is_refused(tmp_path):
    (tmp_path / "model.ckpt").write_bytes(b"not a checkpoint")
    with pytest.raises(UserError, match="is not a checkpoint"):
        load_weights(CNNCifar(3, width=0.02), tmp_path / "model.ckpt")


def test_absent_file_is_refused(tmp_path):
    with pytest.raises(UserError, match="is not a file"):
        load_weights(CNNCifar(3, width=0.02), tmp_path / "model.ckpt")
