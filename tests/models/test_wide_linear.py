import pytest
import torch
from torch.nn import functional as F

from ltlight.models import wide_linear
from ltlight.models.wide_linear import WideLinear, product

SHAPES = [(1, 8, 5), (32, 300, 70), (64, 33, 64), (65, 20, 30)]


@pytest.mark.parametrize(("rows", "wide", "out"), SHAPES)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_product_is_f_linear(rows, wide, out, transposed, dtype):
    torch.manual_seed(0)
    x, bias = torch.randn(rows, wide, dtype=dtype), torch.randn(out, dtype=dtype)
    weight = torch.randn(wide, out, dtype=dtype).t() if transposed else torch.randn(out, wide)
    weight = weight.to(dtype)
    for b in (None, bias):
        torch.testing.assert_close(
            product(x, weight, b), F.linear(x, weight, b), rtol=1e-5, atol=1e-4
        )


def test_product_without_the_private_operator(monkeypatch):
    x, weight = torch.randn(4, 6), torch.randn(5, 6)
    monkeypatch.setattr(wide_linear, "_has_onednn", lambda: False)
    assert torch.equal(product(x, weight), F.linear(x, weight))


def test_the_private_operator_is_there():
    """If torch drops it, training still works, but slower: this tells."""
    if not torch.backends.mkldnn.is_available():
        pytest.skip("this build of torch has no oneDNN")
    assert wide_linear._has_onednn()


@pytest.mark.parametrize("bias", [True, False])
def test_factors_are_the_gradient(bias):
    torch.manual_seed(0)
    layer = WideLinear(20, 30, bias)
    x, other = torch.randn(7, 20, requires_grad=True), torch.randn(7, 30)
    (layer(x) * other).sum().backward()
    wanted = [p.grad.clone() for p in (x, *layer.parameters())]
    x.grad = None
    layer.zero_grad()
    layer.factored = True
    (layer(x) * other).sum().backward()
    ((dy, saved),) = layer.factors
    assert layer.weight.grad is None
    found = [x.grad, dy.T @ saved] + ([layer.bias.grad] if bias else [])
    torch.testing.assert_close(found, wanted)


def test_no_factors_without_gradient():
    layer = WideLinear(20, 30)
    layer.factored = True
    with torch.no_grad():
        layer(torch.randn(7, 20))
    layer.weight.requires_grad_(False)
    layer(torch.randn(7, 20, requires_grad=True)).sum().backward()
    assert layer.factors == []


def test_bf16_autocast_computes_in_bf16():
    layer = WideLinear(20, 30)
    x = torch.randn(7, 20)
    with torch.autocast("cpu", torch.bfloat16):
        plain = layer(x)
        layer.factored = True
        y = layer(x)
    y.float().sum().backward()
    assert y.dtype == torch.bfloat16
    assert torch.equal(y, plain)
    assert layer.factors[0][1].dtype == torch.bfloat16
