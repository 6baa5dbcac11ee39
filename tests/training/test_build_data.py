"""The data module of a configuration: what mixes when, and how long an epoch is."""

import pytest
import torch

from ltlight.data.augment.mixing import MixedLabels
from ltlight.training.build_data import mixed_epochs
from tests.parts import configured, digits_module


@pytest.mark.parametrize("method", ["cmo", "bs_cmo"])
def test_cmo_is_off_in_the_first_4_and_last_3_epochs(digit_sets, method):
    """As in Park et al.'s code, whose condition for mixing is 3 < epoch < epochs - 3."""
    overrides = [f"method={method}", "trainer.max_epochs=12", "data.ratio=0.1"]
    loader = digits_module(digit_sets, *overrides).train_dataloader()
    mixed = []
    for epoch in range(12):
        loader.sampler.set_epoch(epoch)
        kinds = {isinstance(labels, MixedLabels) for _, labels in loader}
        assert len(kinds) == 1
        mixed += [epoch] if kinds == {True} else []
    assert mixed == [epoch for epoch in range(12) if 3 < epoch < 12 - 3]


@pytest.mark.parametrize(("epochs", "mixed"), [(200, 193), (8, 1), (7, 0), (2, 0), (0, 0)])
def test_short_trainings_are_mixed_less(epochs, mixed):
    assert len(mixed_epochs(configured("method=cmo", f"trainer.max_epochs={epochs}"))) == mixed


def test_other_methods_are_mixed_throughout(digit_sets):
    for method in ("mixup", "remix", "cutmix"):
        epochs = mixed_epochs(configured(f"method={method}", "trainer.max_epochs=3"))
        assert list(epochs) == [0, 1, 2]
    data = digits_module(digit_sets, "method=cutmix")
    _, labels = next(iter(data.train_dataloader()))
    assert isinstance(labels, MixedLabels)


def test_cutmix_mixes_half_of_the_images(digit_sets):
    loader = digits_module(digit_sets, "method=cutmix").train_dataloader()
    kept = torch.cat([labels.weight for _, labels in loader])
    assert len(kept) == 1200
    # 0.5 and the patches below two pixels a side, 1 in 256 of the others; 4 deviations.
    assert abs((kept == 1).float().mean() - 0.502) < 0.058


def test_class_aware_epochs_are_as_long_as_a_balanced_sets(digit_sets):
    data = digits_module(digit_sets, "method=class_aware", "data.ratio=0.02")
    assert len(data.sampler) == 10 * data.class_counts.max() == 1200
    drawn = torch.from_numpy(data.train_set.labels)[data.sampler.indices()].bincount(minlength=10)
    assert drawn.tolist() == [120] * 10
