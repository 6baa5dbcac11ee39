import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from torch import nn

from ltlight.config.schema import CONF
from ltlight.data.datamodule import LongTailDataModule
from ltlight.models.cnn_cifar import CNNCifar
from ltlight.training import second_stage
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.second_stage import ScaledLinear, reinitialised, tau_normalise


def configured(*overrides: str):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(
            "config", ["data=digits", "trainer=debug", "method.second_stage_epochs=1", *overrides]
        )


@pytest.fixture
def trained(digit_sets):
    """A data module and a classifier with weights of its own."""
    data = LongTailDataModule(*digit_sets, ratio=0.1)
    torch.manual_seed(0)
    model = LongTailClassifier(CNNCifar(10, width=0.05), data.class_counts.tolist(), lr=0.05)
    return data, model


def test_tau_normalisation_by_the_formula():
    head = nn.Linear(7, 4)
    weight = head.weight.detach().numpy().copy()
    tau_normalise(head, 0.7)
    norms = np.sqrt((weight**2).sum(1, keepdims=True))
    np.testing.assert_allclose(head.weight.detach().numpy(), weight / norms**0.7, rtol=1e-5)
    assert head.bias.eq(0).all()
    tau_normalise(head, 1.0)
    torch.testing.assert_close(head.weight.norm(dim=1), torch.ones(4))


def test_a_fresh_head_is_a_function_of_the_seed():
    head, before = nn.Linear(5, 3), torch.get_rng_state()
    first, same, other = (reinitialised(head, seed) for seed in (1, 1, 2))
    assert torch.equal(first.weight, same.weight)
    assert not torch.equal(first.weight, other.weight)
    assert torch.equal(torch.get_rng_state(), before)


def test_folded_scales_are_the_same_function():
    scaled, x = ScaledLinear(nn.Linear(5, 3)), torch.randn(4, 5)
    scaled.scale.data = torch.tensor([0.5, 1.0, 2.0])
    before = scaled(x)
    torch.testing.assert_close(scaled.folded()(x), before)


@pytest.mark.parametrize("kind", ["crt", "lws"])
def test_only_the_head_learns(trained, kind):
    data, model = trained
    before = {k: v.clone() for k, v in model.net.state_dict().items()}
    spent = second_stage.apply(configured(f"method.second_stage={kind}"), model, data)
    assert spent["second_stage/steps"] == 3  # of trainer=debug
    after = model.net.state_dict()
    assert list(after) == list(before)
    changed = {k for k in after if not torch.equal(after[k], before[k])}
    head = next(k for k, p in model.net.named_parameters() if p is model.net.head.weight)
    assert changed == {head, head.replace("weight", "bias")}
    assert all(p.requires_grad for p in model.net.parameters())
    if kind == "lws":  # every row only got longer or shorter
        directions = [nn.functional.normalize(w) for w in (before[head], after[head])]
        torch.testing.assert_close(*directions)


def test_the_second_stage_draws_classes_evenly(trained):
    data, _ = trained
    data.sampler, data.mix = "shuffle", "mixup"
    stage = second_stage.balanced(data)
    assert (stage.sampler, stage.sampler_from, stage.mix) == ("inverse_frequency", 0, "none")
    assert (data.sampler, data.mix) == ("shuffle", "mixup")


def test_none_changes_nothing(trained):
    data, model = trained
    before = model.net.head.weight.clone()
    assert second_stage.apply(configured(), model, data) == {}
    assert torch.equal(model.net.head.weight, before)
