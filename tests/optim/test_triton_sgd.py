"""The CUDA kernel: its arithmetic in Triton's interpreter, its compilation without a GPU."""

import importlib

import pytest
import torch
from torch import nn

from ltlight.models.wide_linear import WideLinear
from ltlight.optim import factored_sgd
from ltlight.optim.build import build_sgd
from tests.optim.test_factored_sgd import OPTIONS

triton = pytest.importorskip("triton", reason="Triton comes with torch's CUDA builds for Linux")
ROWS, COLUMNS, BATCH = 100, 150, 40  # none fills its tiles


@pytest.fixture
def one_pass(monkeypatch):
    """The module as Triton's interpreter runs it, on any device; compiled again afterwards."""
    module = importlib.import_module("ltlight.optim.triton_sgd")
    monkeypatch.setattr(triton.knobs.runtime, "interpret", True)
    yield importlib.reload(module)
    monkeypatch.undo()
    importlib.reload(module)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_equals_sgd_in_the_interpreter(options, one_pass):
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(ROWS, COLUMNS, generator=generator)
    stored = weight.clone().requires_grad_()
    sgd, state = torch.optim.SGD([stored], lr=0.1, **options), {}
    for _ in range(3):
        dy = torch.randn(BATCH, ROWS, generator=generator)
        x = torch.randn(BATCH, COLUMNS, generator=generator)
        one_pass.update_in_one_pass(weight, dy, x, state, sgd.param_groups[0])
        stored.grad = dy.T @ x
        sgd.step()
    torch.testing.assert_close(weight, stored.detach(), rtol=1e-5, atol=1e-5)
    buffer = sgd.state[stored].get("momentum_buffer")
    assert (buffer is None) == ("momentum_buffer" not in state)
    if buffer is not None:
        torch.testing.assert_close(state["momentum_buffer"], buffer, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("precision", ["ieee", "tf32"])
@pytest.mark.parametrize("capability", [80, 90])
def test_compiles_for_gpus_that_are_not_here(capability, precision):
    """Loads and stores of four floats at once, as the one pass needs them."""
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from ltlight.optim.triton_sgd import TILE, WARPS, _step

    names, constants = _step.arg_names, {"MOMENTUM": True, "NESTEROV": False, **TILE}
    constants["PRECISION"] = precision
    types = dict(zip(names[:4], ["*fp32"] * 4, strict=True))
    types |= dict(zip(names[4:7], ["i32"] * 3, strict=True)) | dict.fromkeys(names[7:12], "fp32")
    kernel = triton.compile(
        ASTSource(
            _step,
            signature=types | dict.fromkeys(constants, "constexpr"),
            constexprs={(names.index(k),): v for k, v in constants.items()},
            attrs={(i,): [["tt.divisibility", 16]] for i in range(7)},
        ),
        target=GPUTarget("cuda", capability, 32),
        options={"num_warps": WARPS},
    )
    tile = TILE["ROWS"] * TILE["COLUMNS"] // (WARPS * 32)  # entries a thread
    assert kernel.asm["ptx"].count("st.global.v4") == 2 * tile // 4
    assert kernel.asm["cubin"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_equals_sgd_on_the_gpu(options, monkeypatch):
    monkeypatch.setattr(factored_sgd, "WIDE", 0)
    torch.manual_seed(0)
    nets = [nn.Sequential(WideLinear(256, 500), nn.Tanh(), WideLinear(500, 10)).cuda()]
    nets.append(nn.Sequential(nn.Linear(256, 500), nn.Tanh(), nn.Linear(500, 10)).cuda())
    nets[1].load_state_dict(nets[0].state_dict())
    optimizers = [
        build_sgd(nets[0], one_pass=True, lr=0.01, **options),
        torch.optim.SGD(nets[1].parameters(), lr=0.01, **options),
    ]
    for _ in range(200):
        x = torch.randn(32, 256, device="cuda")
        y = torch.randint(0, 10, (32,), device="cuda")
        for net, optimizer in zip(nets, optimizers, strict=True):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x), y).backward()
            optimizer.step()
    for ours, theirs in zip(*(net.parameters() for net in nets), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=2e-4)
