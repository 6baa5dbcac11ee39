import math

import pytest
import torch

from ltlight.config import choices
from ltlight.errors import UserError
from ltlight.losses import functional
from ltlight.losses.class_stats import class_prior, class_smoothing, effective_number
from ltlight.models.cnn_cifar import CNNCifar
from ltlight.models.heads import SCALE, NormalisedLinear
from ltlight.models.resnet import ResNet32
from ltlight.optim.lr_schedules import constant, cosine
from ltlight.training.build_model import (
    build_loss,
    build_model,
    build_net,
    build_optimizer,
    loss_kinds,
    loss_of_name,
    loss_options,
)
from ltlight.training.deferral import first_epoch
from ltlight.training.tta import ten_crop
from tests.parts import configured, digits_module

COUNTS = [500, 120, 30, 7, 2]
Z, Y = torch.randn(16, 5, generator=torch.Generator().manual_seed(0)), torch.arange(16) % 5


def test_the_network_is_the_named_one_of_its_size():
    narrow = build_net(configured("model.width=0.02", "data.image_size=16"), 7)
    assert isinstance(narrow, CNNCifar)
    assert narrow(torch.zeros(2, 3, 16, 16)).shape == (2, 7)
    assert narrow.feature[0].out_channels == 1
    resnet = build_net(configured("model=resnet32", "model.width=0.25"), 3)
    assert isinstance(resnet, ResNet32)
    assert resnet.head.weight.shape == (3, 16)


@pytest.mark.parametrize("model", ["cnn_cifar", "resnet32"])
def test_margins_get_a_head_of_scaled_cosines(model):
    net = build_net(configured(f"model={model}", "model.width=0.05", "method.loss=ldam"), 7)
    assert isinstance(net.head, NormalisedLinear)
    assert net.head.weight.shape[0] == 7
    with torch.no_grad():
        assert net.eval()(torch.randn(4, 3, 32, 32)).abs().max() <= net.head.scale


@pytest.mark.parametrize("model", ["cnn_cifar", "resnet32"])
def test_a_cosine_head_takes_any_loss(model):
    told = (f"model={model}", "model.width=0.05", "model.head=cosine")
    net = build_net(configured(*told, "method.loss=balanced_softmax"), 7)
    assert isinstance(net.head, NormalisedLinear)
    assert net.head.scale == SCALE
    own = build_net(configured(*told, "method.loss=dbm_bs"), 7).head.scale
    assert own == functional.DBM_SCALE  # a loss of cosines brings its scale


def test_weights_of_another_run_are_loaded(tmp_path):
    saved = CNNCifar(5, width=0.02)
    weights = {f"net.{k}": v for k, v in saved.state_dict().items()}
    torch.save({"state_dict": weights}, tmp_path / "model.ckpt")
    net = build_net(configured("model.width=0.02", f"model.checkpoint={tmp_path}/model.ckpt"), 5)
    assert all(torch.equal(v, net.state_dict()[k]) for k, v in saved.state_dict().items())


LINEAR_THERE = "has a linear head, and {} asks for a cosine one: "


@pytest.mark.parametrize(
    ("there", "here", "told", "mended"),
    [
        ("", "method=dbm_bs", LINEAR_THERE.format("method.loss=dbm_bs"), "method.loss=focal"),
        ("", "method=ldam", LINEAR_THERE.format("method.loss=ldam"), "method.loss=focal"),
        ("", "model.head=cosine", LINEAR_THERE.format("model.head=cosine"), "model.head=linear"),
        (
            "model.head=cosine",
            "",
            "has a cosine head, and model.head=linear asks for",
            "model.head=cosine",
        ),
        (
            "method=dbm_bs",
            "",
            "has a cosine head, and model.head=linear asks for",
            "model.head=cosine",
        ),
    ],
)
def test_a_checkpoint_with_the_other_kind_of_head_is_told_so(tmp_path, there, here, told, mended):
    size, path = "model.width=0.02", tmp_path / "model.ckpt"
    saved = build_net(configured(size, *there.split()), 5)
    torch.save({"state_dict": {f"net.{k}": v for k, v in saved.state_dict().items()}}, path)
    words = (size, *here.split(), f"model.checkpoint={path}")
    with pytest.raises(UserError, match=told):
        build_net(configured(*words), 5)
    net = build_net(configured(*words, mended), 5)
    assert torch.equal(net.head.weight, saved.head.weight)


def test_the_classifier_is_given_its_parts(digit_sets):
    told = ("model.width=0.02", "data.ratio=0.1", "seed=5", "method.tta=ten_crop")
    told += ("method.posthoc_tau=0.5", "data.val_fraction=0.2")
    config, data = configured(*told), digits_module(digit_sets, *told)
    model = build_model(config, data)
    assert model.class_counts == data.class_counts.tolist()
    assert model.seed == 5
    assert not model.validation_is_test
    assert model.optimizer == build_optimizer(config)
    assert (model.predictor.views, model.predictor.mirror) == (ten_crop, False)
    assert model.predictor.tau == 0.5
    assert torch.equal(model.predictor.prior, class_prior(data.class_counts))
    watched = digits_module(digit_sets, *told[:-1])
    assert build_model(configured(*told[:-1]), watched).validation_is_test


def test_the_default_optimiser_is_the_reports():
    factory = build_optimizer(configured())
    assert (factory.lr, factory.momentum, factory.weight_decay) == (1e-4, 0.9, 0)
    assert (factory.nesterov, factory.one_pass, factory.sam) == (False, False, 0)
    assert factory.schedule is constant


def test_the_methods_own_rate_and_decay_go_first():
    general = ("optim.lr=0.3", "optim.weight_decay=0.01", "optim.momentum=0.5")
    factory = build_optimizer(configured(*general))
    assert (factory.lr, factory.weight_decay, factory.momentum) == (0.3, 0.01, 0.5)
    own = ("method.lr=0.2", "method.weight_decay=0", "method.sam=0.1", "method.schedule=cosine")
    factory = build_optimizer(configured(*general, *own, "method.warmup_epochs=3"))
    assert (factory.lr, factory.weight_decay, factory.momentum) == (0.2, 0, 0.5)
    assert (factory.sam, factory.schedule, factory.warmup_epochs) == (0.1, cosine, 3)


@pytest.mark.parametrize(
    ("loss", "stage", "kinds"),
    [
        ("focal", "none", ("focal", "cross_entropy")),
        ("ldam", "crt", ("ldam", "cross_entropy")),
        ("label_aware_smoothing", "none", ("label_aware_smoothing", "cross_entropy")),
        ("label_aware_smoothing", "crt", ("cross_entropy", "label_aware_smoothing")),
        ("label_aware_smoothing", "lws", ("cross_entropy", "label_aware_smoothing")),
        ("label_aware_smoothing", "tau_norm", ("label_aware_smoothing", "cross_entropy")),
    ],
)
def test_smoothing_moves_into_a_stage_that_learns(loss, stage, kinds):
    config = configured(f"method.loss={loss}", f"method.second_stage={stage}")
    assert loss_kinds(config.method) == kinds


def test_the_loss_takes_the_methods_options():
    prior = class_prior(COUNTS)
    found = build_loss(configured("method.loss=logit_adjusted", "method.loss_tau=1.7"), COUNTS)
    torch.testing.assert_close(found.each(Z, Y), functional.logit_adjusted(Z, Y, prior, 1.7))
    found = build_loss(configured("method.loss=focal", "method.focal_gamma=0.5"), COUNTS)
    torch.testing.assert_close(found.each(Z, Y), functional.focal(Z, Y, 0.5))


def test_class_weights_are_deferred_to_their_share_of_the_training():
    told = ("method.class_weights=effective_number", "method.class_weights_from=0.8")
    loss = build_loss(configured(*told, "trainer.max_epochs=12"), COUNTS)
    assert torch.equal(loss.class_weights, effective_number(COUNTS))
    assert loss.weights_from == math.floor(0.8 * 12)


@pytest.mark.parametrize("name", choices.LOSSES)
def test_a_loss_takes_what_it_names_and_nothing_else(name):
    loss = loss_of_name(name, COUNTS, **loss_options(configured().method))
    buffers = dict(loss.named_buffers())
    assert set(buffers) == set(loss.names)
    assert loss.each(Z, Y).shape == (16,)
    assert loss.class_weights is None


NEEDS_EVERY_CLASS = [k for k in choices.LOSSES if k not in ("cross_entropy", "focal")]


@pytest.mark.parametrize(
    ("kind", "weights"),
    [(k, "none") for k in NEEDS_EVERY_CLASS] + [("focal", "inverse_frequency")],
)
def test_classes_without_images_are_refused_where_they_matter(kind, weights):
    options = loss_options(configured().method)
    with pytest.raises(UserError, match=rf"class 1, 3 has no training images.*method.loss={kind}"):
        loss_of_name(kind, [5, 0, 2, 0], class_weights=weights, **options)


@pytest.mark.parametrize("steps", [1, 7, 28])
@pytest.mark.parametrize("epochs", [50, 25, 200, 13, 12, 7, 3, 1])
@pytest.mark.parametrize("method", ["drw", "ldam_drw", "remix_drw"])
def test_the_rate_drops_with_the_step_from_which_the_weights_act(method, epochs, steps):
    config = configured(f"method={method}", f"trainer.max_epochs={epochs}", "optim.lr=1")
    loss = build_loss(config, COUNTS)
    first = math.floor(0.8 * epochs)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = build_optimizer(config).scheduler(optimizer, steps, epochs)
    for epoch in range(epochs):
        loss.set_epoch(epoch)
        for _ in range(steps):
            rate = optimizer.param_groups[0]["lr"]
            assert (rate < 1) == loss.weighted == (epoch >= first)
            optimizer.step()
            scheduler.step()
    # Divided by 100 twice, unless no step begins in the last tenth.
    twice = 10 * (epochs * steps - 1) >= 9 * epochs * steps
    assert rate == pytest.approx(1e-4 if twice else 1e-2)
    assert loss.weights_from == first_epoch(0.8, epochs) == first


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
