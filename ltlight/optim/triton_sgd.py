"""The update of a wide layer in one sweep, for CUDA: weight and momentum are read and written once.

Each program of the kernel makes a tile of the gradient dYᵀX in its registers and finishes the step
there. `optim._update_by_product` reads and writes the momentum, then reads both and writes the
weight: five copies' traffic instead of four. Triton comes with torch's CUDA builds.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

TILE = {"ROWS": 64, "COLUMNS": 128, "BATCH": 32}  # compiles for sm_75, 80 and 90 without spills
WARPS = 8


def update_in_one_pass(p: Tensor, dy: Tensor, x: Tensor, state: dict, group: dict) -> None:
    """A step of `torch.optim.SGD` on a weight, from the factors of its gradient.

    Args:
        p: the weight, float32 [O, I], contiguous; changed in place.
        dy: [B, O], the gradient of the layer's output.
        x: [B, I], the layer's input.
        state: the optimiser's of this weight; gets its momentum buffer.
        group: the hyper-parameters, as in ``param_groups``.
    """
    mu, first = group["momentum"], state.get("momentum_buffer") is None
    if mu and first:
        state["momentum_buffer"] = torch.zeros_like(p)
    rows, columns = p.shape
    grid = (triton.cdiv(rows, TILE["ROWS"]), triton.cdiv(columns, TILE["COLUMNS"]))
    _step[grid](
        p,
        state["momentum_buffer"] if mu else p,
        dy.contiguous(),
        x.contiguous(),
        rows,
        columns,
        len(x),
        float(group["lr"]),  # an int would be compiled in
        float(mu),
        float(group["weight_decay"]),
        -1.0 if group["maximize"] else 1.0,
        1.0 if first else 1.0 - group["dampening"],
        MOMENTUM=bool(mu),
        NESTEROV=group["nesterov"],
        PRECISION="ieee" if torch.get_float32_matmul_precision() == "highest" else "tf32",
        **TILE,
        num_warps=WARPS,
    )


@triton.jit
def _step(  # type: ignore[no-untyped-def]  # Triton compiles it for the types it is given
    weights,
    momenta,
    dy,
    x,
    rows,
    columns,
    batch,
    lr,
    mu,
    decay,
    sign,
    share,
    MOMENTUM: tl.constexpr,
    NESTEROV: tl.constexpr,
    PRECISION: tl.constexpr,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
    BATCH: tl.constexpr,
):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    here = (row < rows)[:, None] & (column < columns)[None, :]
    gradient = tl.full((ROWS, COLUMNS), 0.0, tl.float32)
    for start in range(0, batch, BATCH):
        sample = start + tl.arange(0, BATCH)
        left = (row < rows)[:, None] & (sample < batch)[None, :]
        right = (sample < batch)[:, None] & (column < columns)[None, :]
        thin = tl.load(dy + sample[None, :] * rows + row[:, None], left, 0.0)
        wide = tl.load(x + sample[:, None] * columns + column[None, :], right, 0.0)
        gradient = tl.dot(thin, wide, gradient, input_precision=PRECISION)
    at = row.to(tl.int64)[:, None] * columns + column[None, :]
    weight = tl.load(weights + at, here)
    gradient = sign * gradient + decay * weight
    if MOMENTUM:
        momentum = mu * tl.load(momenta + at, here) + share * gradient
        tl.store(momenta + at, momentum, here)
        gradient = gradient + mu * momentum if NESTEROV else momentum
    tl.store(weights + at, weight - lr * gradient, here)
