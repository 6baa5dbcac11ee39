import numpy as np
import pytest
import torch

from ltlight.config import choices
from ltlight.data.augment.crop_flip import crop_flip
from ltlight.data.augment.cutout import cutout
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.longtail import class_counts, exponential_cui
from ltlight.data.samplers import DeferredSampler, InverseFrequencySampler, ShuffleSampler
from ltlight.seeds import ORDER, PARTNERS
from ltlight.training.build_data import build_data, build_sampler, data_module
from tests.parts import configured


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
