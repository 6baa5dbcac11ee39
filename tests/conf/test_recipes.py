"""Experiments that give a recipe: it is the same for every method, and the method stays its own."""

from dataclasses import asdict

import pytest

from ltlight.config.compose import composed


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


def test_cutout_is_16_of_32_pixels():
    recipe = composed(["experiment=cifar_lt_autoaugment"])
    assert recipe.method.cutout * recipe.data.image_size == 16
