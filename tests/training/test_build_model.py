"""The classifier of a configuration: when the learning rate drops, what a loss is told."""

import pytest
import torch

from ltlight.losses import functional
from ltlight.losses.class_stats import class_smoothing, effective_number
from ltlight.training.build_model import build_loss, build_optimizer, loss_options
from ltlight.training.deferral import first_epoch
from tests.parts import configured

COUNTS = [500, 120, 30, 7, 2]


@pytest.mark.parametrize("steps", [1, 7, 28])
@pytest.mark.parametrize("epochs", [50, 25, 200])
@pytest.mark.parametrize("method", ["drw", "ldam_drw", "remix_drw"])
def test_the_rate_drops_with_the_step_from_which_the_weights_act(method, epochs, steps):
    config = configured(f"method={method}", f"trainer.max_epochs={epochs}", "optim.lr=1")
    loss = build_loss(config, COUNTS)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = build_optimizer(config).scheduler(optimizer, steps, epochs)
    for epoch in range(epochs):
        loss.set_epoch(epoch)
        for _ in range(steps):
            rate = optimizer.param_groups[0]["lr"]
            assert (rate < 1) == loss.weighted == (epoch >= 0.8 * epochs)
            optimizer.step()
            scheduler.step()
    assert rate == pytest.approx(1e-4)  # divided by 100 twice
    assert loss.weights_from == first_epoch(0.8, epochs) == 0.8 * epochs


def test_the_constant_rate_is_the_way_not_to():
    assert not build_optimizer(configured("method=drw", "method.schedule=constant")).has_schedule


@pytest.mark.parametrize(
    ("method", "function"),
    [
        ("class_balanced", functional.cross_entropy),
        ("class_balanced_focal", lambda z, y: functional.focal(z, y, 1.0)),
    ],
)
def test_class_balanced_losses_are_divided_by_the_batch(method, function):
    torch.manual_seed(0)
    logits, labels = torch.randn(16, 5), torch.arange(16) % 5
    expected = (effective_number(COUNTS)[labels] * function(logits, labels)).mean()
    found = build_loss(configured(f"method={method}"), COUNTS)(logits, labels)
    torch.testing.assert_close(found, expected)


def test_smoothing_of_head_and_tail_is_that_of_the_configuration():
    """Misuse-proof: both names reach the statistic, in this order."""
    keys = ["method.smoothing_head=0.4", "method.smoothing_tail=0.1"]
    config = configured("method=label_aware_smoothing", *keys)
    assert torch.equal(build_loss(config, COUNTS).smoothing, class_smoothing(COUNTS, 0.4, 0.1))
    assert loss_options(config.method)["smoothing_head"] == 0.4
