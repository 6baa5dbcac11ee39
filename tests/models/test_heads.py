import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ltlight.models.heads import SCALE, NormalisedLinear


@pytest.fixture
def head():
    torch.manual_seed(0)
    return NormalisedLinear(8, 5)


@pytest.fixture
def features():
    return torch.randn(6, 8, generator=torch.Generator().manual_seed(1))


def test_logits_are_scaled_cosines(head, features):
    x, w = features.double().numpy(), head.weight.detach().double().numpy()
    cosines = [[a @ b / (np.linalg.norm(a) * np.linalg.norm(b)) for b in w] for a in x]
    expected = 30 * np.array(cosines)
    assert head(features).detach().numpy() == pytest.approx(expected, abs=1e-4)


def test_lengths_do_not_count(head, features):
    before = head(features)
    with torch.no_grad():
        head.weight *= torch.tensor([0.01, 0.1, 1, 10, 1000])[:, None]
    torch.testing.assert_close(head(7 * features), before, atol=1e-4, rtol=0)


def test_checkpoint_holds_the_weight_alone(head):
    assert {k: tuple(v.shape) for k, v in head.state_dict().items()} == {"weight": (5, 8)}


def test_starts_from_unit_vectors_in_random_directions():
    torch.manual_seed(0)
    weight = NormalisedLinear(400, 50).weight.detach()
    torch.testing.assert_close(weight.norm(dim=1), torch.ones(50))
    cosines = weight @ weight.T - torch.eye(50)
    # Independent directions in D dimensions: the cosines have mean 0 and variance 1/D. Of 1225
    # pairs the standard errors are 0.0014 and 0.00010; four of them are allowed.
    pairs = cosines[*torch.triu_indices(50, 50, 1)]
    assert abs(pairs.mean()) < 0.006
    assert abs(pairs.var() - 1 / 400) < 0.0004


def test_a_sure_network_says_so(head):
    probabilities = head(head.weight.detach()).softmax(dim=1)
    assert probabilities.diagonal().min() > 0.99
    assert SCALE == head.scale == 30


def test_features_that_are_all_0(head):
    features = torch.zeros(2, 8, requires_grad=True)
    logits = head(F.relu(features))
    logits.sum().backward()
    assert (logits == 0).all()
    assert torch.isfinite(features.grad).all()
    assert torch.isfinite(head.weight.grad).all()


@pytest.mark.parametrize("length", [1e-3, 1.0, 1e3])
def test_bf16_is_near_float32(head, features, length):
    wanted = head(features)
    with torch.autocast("cpu", torch.bfloat16):
        found = head((length * features).bfloat16())
    # 8 bits of mantissa: features, weights and products are each off by at most 1/256 of 30.
    torch.testing.assert_close(found.float(), wanted, atol=3 * 30 / 256, rtol=0)


def test_gradients(features):
    head = NormalisedLinear(8, 3).double()
    assert torch.autograd.gradcheck(
        lambda x, w: torch.func.functional_call(head, {"weight": w}, (x,)),
        (features.double().requires_grad_(), head.weight.detach().requires_grad_()),
    )
