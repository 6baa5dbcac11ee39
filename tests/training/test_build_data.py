import numpy as np
import pytest
import torch

from ltlight.config import choices
from ltlight.data.augment.crop_flip import crop_flip
from ltlight.data.augment.cutout import cutout
from ltlight.data.augment.mixing import MixedLabels
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.longtail import class_counts, exponential_cui
from ltlight.data.samplers import DeferredSampler, InverseFrequencySampler, ShuffleSampler
from ltlight.seeds import ORDER, PARTNERS
from ltlight.training.build_data import build_data, build_sampler, data_module, mixed_epochs
from tests.parts import configured, digits_module


@pytest.fixture
def build(digit_sets):
    """The data module of a configuration, of the digits as they are."""

    def build(*overrides: str) -> LongTailDataModule:
        return data_module(configured(*overrides), digit_sets[0], None, digit_sets[1])

    return build


def test_the_source_is_read_thinned_out_and_split():
    data = build_data(
        configured("data.ratio=0.1", "data.profile=exponential_cui", "data.val_fraction=0.25")
    )
    counts = np.array(class_counts(10, 120, 0.1, exponential_cui))
    held_out = counts // 4
    assert data.val_set.class_counts.tolist() == held_out.tolist()
    assert data.class_counts.tolist() == (counts - held_out).tolist()
    assert len(data.test_set) == 540


def test_the_subset_is_that_of_the_seed_for_every_method():
    rows = [
        build_data(configured("data.ratio=0.1", *more)).train_set.rows.tolist()
        for more in (("seed=1",), ("seed=1", "method=improved"), ("seed=2",))
    ]
    assert rows[0] == rows[1]
    assert rows[0] != rows[2]


@pytest.mark.parametrize("val_from", ["subset", "source"])
def test_a_seed_of_the_data_keeps_the_splits_and_leaves_the_order_to_the_seed(val_from):
    told = ("data.ratio=0.1", "data.val_fraction=0.2", f"data.val_from={val_from}")

    def built(*seeds: str) -> tuple[list[list[int]], list[int]]:
        data = build_data(configured(*told, *seeds))
        sets = (data.train_set, data.val_set, data.test_set)
        return [s.rows.tolist() for s in sets], data.sampler.indices().tolist()

    zero, one = (built("data.seed=5", f"seed={seed}") for seed in (0, 1))
    assert zero[0] == one[0]
    assert zero[1] != one[1]
    assert built("seed=5")[0] == zero[0]  # unless it is set, it is the seed
    train, val, _ = built("seed=1")[0]
    assert train != zero[0][0]
    assert val != zero[0][1]


def test_batch_sizes_are_the_configurations(build):
    data = build("data.batch_size=7", "data.eval_batch_size=9")
    assert (data.batch_size, data.eval_batch_size) == (7, 9)


@pytest.mark.parametrize("mirror", [True, False])
def test_augmentation_is_the_methods_with_the_datas_mirror_and_cutout(build, digit_sets, mirror):
    data = build("method.augment=crop_flip", "method.cutout=0.5", f"data.mirror={mirror}")
    images = torch.from_numpy(digit_sets[0].images[:64])
    first, second = (torch.Generator().manual_seed(0) for _ in range(2))
    wanted = cutout(crop_flip(images, first, mirror), 0.5, first)
    assert torch.equal(data.augmentation(images, second), wanted)


@pytest.mark.parametrize("name", choices.SAMPLERS)
def test_every_sampler_knows_the_images_the_seed_and_the_training(digit_sets, name):
    config = configured("seed=3", "trainer.max_epochs=7")
    sampler = build_sampler(name, digit_sets[0], config)
    assert type(sampler) is choices.load(choices.SAMPLERS, name)
    assert sampler.labels is digit_sets[0].labels
    assert sampler.class_counts.tolist() == [120] * 10
    assert (sampler.seed, sampler.epochs, sampler.stream) == (3, 7, ORDER)


def test_a_deferred_sampler_begins_with_its_share_of_the_training(build):
    data = build(
        "method.sampler=inverse_frequency", "method.sampler_from=0.8", "trainer.max_epochs=12"
    )
    assert isinstance(data.sampler, DeferredSampler)
    assert data.sampler.start == 9
    kinds = type(data.sampler.first), type(data.sampler.later)
    assert kinds == (ShuffleSampler, InverseFrequencySampler)
    assert type(build("method.sampler=inverse_frequency").sampler) is InverseFrequencySampler


DEFERRED = ("inverse_frequency", "square_root", "class_aware")
SAMPLINGS = [(f"method.sampler={name}",) for name in choices.SAMPLERS]
SAMPLINGS += [(f"method.sampler={name}", "method.sampler_from=0.5") for name in DEFERRED]


@pytest.mark.parametrize("draws", ["null", "7", "700", "balanced"])
@pytest.mark.parametrize("sampling", SAMPLINGS, ids=" ".join)
def test_an_epoch_draws_as_many_images_as_told_and_cmo_as_many_partners(
    digit_sets, sampling, draws
):
    told = (*sampling, f"method.draws={draws}", "method.mix=cmo", "trainer.max_epochs=4")
    data = digits_module(digit_sets, "data.ratio=0.1", *told)
    images, largest = data.class_counts.sum(), data.class_counts.max()
    wanted = {"null": images, "7": 7, "700": 700, "balanced": 10 * largest}[draws]
    assert 7 < images < 700 < 10 * largest == 1200
    for epoch in (0, 3):  # before what is deferred acts, and after
        for sampler in (data.sampler, data.partners):
            sampler.set_epoch(epoch)
            assert len(sampler) == len(sampler.indices()) == wanted


@pytest.mark.parametrize("draws", ["7", "700"])
def test_every_batch_of_an_epoch_of_so_many_draws_has_its_partners(digit_sets, draws):
    told = ("method.mix=cmo", f"method.draws={draws}", "data.batch_size=32")
    loader = digits_module(digit_sets, "data.ratio=0.1", *told).train_dataloader()
    batches = list(loader)
    assert all(isinstance(labels, MixedLabels) for _, labels in batches)
    assert sum(len(images) for images, _ in batches) == int(draws)
    assert len(batches) == len(loader) == -(-int(draws) // 32)


@pytest.mark.parametrize("name", choices.MIXINGS)
def test_mixing_knows_the_classes_and_only_cmo_draws_its_partners(build, name):
    data = build(f"method.mix={name}", "method.mix_alpha=0.3")
    if name == "none":
        assert data.mixing is None
    else:
        assert type(data.mixing) is choices.load(choices.MIXINGS, name)
        assert data.mixing.alpha == 0.3
        assert data.mixing.class_counts.tolist() == [120] * 10
    if name == "cmo":
        assert type(data.partners) is InverseFrequencySampler
        assert data.partners.stream == PARTNERS  # not the order's, which would pair like with like
    else:
        assert data.partners is None


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
