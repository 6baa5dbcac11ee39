"""Experiments that give a recipe: it is the same for every method, and the method stays its own."""

from dataclasses import asdict

import pytest

from ltlight.config.compose import composed
from ltlight.training.build_model import build_optimizer


@pytest.mark.parametrize("method", ["baseline", "balanced_softmax", "ldam_drw"])
def test_autoaugment_and_cutout_with_any_method(method):
    recipe = composed([f"method={method}", "experiment=cifar_lt_autoaugment"])
    assert recipe == composed(["experiment=cifar_lt_autoaugment", f"method={method}"])
    alone = asdict(composed([f"method={method}"]).method)
    its_own = {"augment": "auto_augment", "cutout": 0.5, "schedule": "cosine", "warmup_epochs": 5}
    assert asdict(recipe.method) == alone | its_own
    assert recipe.method.name == method
    assert (recipe.data.name, recipe.data.ratio) == ("cifar100", 0.01)
    assert recipe.data.profile == "exponential_cui"
    assert (recipe.data.batch_size, recipe.trainer.max_epochs) == (64, 200)
    assert (recipe.model.name, recipe.model.width) == ("resnet32", 1)
    assert (recipe.optim.lr, recipe.optim.weight_decay) == (0.1, 2e-4)


@pytest.mark.parametrize("method", ["baseline", "balanced_softmax", "ldam_drw"])
def test_the_protocol_of_the_literature_with_any_method(method):
    recipe = composed([f"method={method}", "experiment=cifar_lt_benchmark"])
    assert recipe == composed(["experiment=cifar_lt_benchmark", f"method={method}"])
    alone = asdict(composed([f"method={method}"]).method)
    its_own = {"augment": "crop_flip", "schedule": "steps", "warmup_epochs": 5}
    assert asdict(recipe.method) == alone | its_own
    assert recipe.name == "cifar_lt_benchmark"
    assert recipe.method.name == method
    assert (recipe.data.name, recipe.data.ratio) == ("cifar100", 0.01)
    assert recipe.data.profile == "exponential_cui"
    assert (recipe.data.batch_size, recipe.trainer.max_epochs) == (128, 200)
    assert (recipe.model.name, recipe.model.width) == ("resnet32", 1)
    assert (recipe.optim.name, recipe.optim.nesterov) == ("sgd", False)
    assert (recipe.optim.lr, recipe.optim.momentum, recipe.optim.weight_decay) == (0.1, 0.9, 2e-4)
    every = (recipe.trainer.check_val_every_n_epoch, recipe.trainer.checkpoint_every_n_epochs)
    assert every == (10, 10)


def test_the_rate_of_the_protocol_is_that_of_cao_et_al():
    """A fifth of it more an epoch up to 0.1, x 0.01 from epoch 160 and from 180 on."""
    factory = build_optimizer(composed(["experiment=cifar_lt_benchmark", "method=baseline"]))
    rates = [factory.lr * factory.schedule(step, 5, 200, 200) for step in range(200)]
    wanted = [0.02, 0.04, 0.06, 0.08, *[0.1] * 156, *[0.001] * 20, *[0.00001] * 20]
    assert factory.warmup_epochs == 5
    assert rates == pytest.approx(wanted)


def test_cutout_is_16_of_32_pixels():
    recipe = composed(["experiment=cifar_lt_autoaugment"])
    assert recipe.method.cutout * recipe.data.image_size == 16
