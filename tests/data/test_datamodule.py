from types import SimpleNamespace

import pytest
import torch

from ltlight.data import datamodule
from ltlight.data.augment.presets import none
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.ranks import Ranks
from ltlight.data.samplers import ShuffleSampler
from tests.parts import digits_module


def test_the_test_set_is_whole(digit_sets):
    data = digits_module(digit_sets, "data.ratio=0.02")
    assert data.class_counts.tolist() == [120, 81, 54, 37, 25, 16, 11, 7, 5, 3]
    assert len(data.test_set) == 540
    assert sum(len(y) for _, y in data.test_dataloader()) == 540


def test_validation_watches_the_test_set_unless_images_were_held_out(digit_sets):
    watched = digits_module(digit_sets, "data.ratio=0.02").val_dataloader()
    held_out = digits_module(digit_sets, "data.ratio=0.02", "data.val_fraction=0.2")
    assert len(watched.sampler) == 540
    assert len(held_out.val_dataloader().sampler) == len(held_out.val_set) == 69


def test_batches_need_a_trainer(digit_sets):
    train, test = digit_sets
    data = LongTailDataModule(
        train,
        None,
        test,
        sampler=ShuffleSampler(train.labels, train.class_counts, 0),
        augmentation=none,
        batch_size=32,
        eval_batch_size=500,
    )
    with pytest.raises(RuntimeError, match="attach it to one first"):
        data.train_dataloader()


def test_weighted_sampling_balances_a_real_long_tail(digit_sets):
    data = digits_module(digit_sets, "data.ratio=0.02", "method.sampler=inverse_frequency")
    loader = data.train_dataloader()
    labels = []
    for epoch in range(30):
        loader.sampler.set_epoch(epoch)
        labels += [y for _, y in loader]
    shares = torch.cat(labels).bincount(minlength=10) / len(torch.cat(labels))
    # 10 % each; 5 standard errors over 30 * 359 draws are 0.0145.
    torch.testing.assert_close(shares, torch.full((10,), 0.1), rtol=0, atol=0.0145)


def test_training_batches_are_augmented_and_test_batches_are_not(digit_sets):
    data = digits_module(digit_sets, "method.augment=fig7")
    images, _ = next(iter(data.test_dataloader()))
    expected = torch.from_numpy(digit_sets[1].images[:500]).float() / 127.5 - 1
    torch.testing.assert_close(images, expected)
    seen = torch.cat([x for x, _ in data.train_dataloader()])
    assert (seen == 0).any()  # the fill of a translation; no grey level is normalised to 0


def test_large_subset_stays_where_it_is_and_gives_the_same_batches(digit_sets, monkeypatch):
    copied = digits_module(digit_sets, "data.ratio=0.02").train_dataloader()
    monkeypatch.setattr(datamodule, "RESIDENT", 0)
    mapped = digits_module(digit_sets, "data.ratio=0.02").train_dataloader()
    assert mapped.images.data_ptr() == digit_sets[0].store.ctypes.data
    assert len(copied.images) == 359
    for (x, y), (u, v) in zip(mapped, copied, strict=True):
        assert torch.equal(x, u)
        assert torch.equal(y, v)


def test_mixed_batches_have_partners_of_every_class(digit_sets):
    """CMO pastes on long-tailed batches what is drawn by inverse frequency."""
    data = digits_module(digit_sets, "data.ratio=0.02", "method.mix=cmo")
    loader = data.train_dataloader()
    first, second = [], []
    for epoch in range(30):
        loader.sampler.set_epoch(epoch)
        for _, labels in loader:
            first.append(labels.first)
            second.append(labels.second)
    assert torch.cat(first).bincount().tolist() == (30 * data.class_counts).tolist()
    shares = torch.cat(second).bincount(minlength=10) / len(torch.cat(second))
    torch.testing.assert_close(shares, torch.full((10,), 0.1), rtol=0, atol=0.0145)


def test_a_rank_gets_its_share_and_the_whole_test_set(digit_sets):
    data = digits_module(digit_sets, "data.ratio=0.02")
    data.trainer = SimpleNamespace(
        global_rank=1,
        world_size=2,
        strategy=SimpleNamespace(root_device=torch.device("cpu")),
    )
    train, test = data.train_dataloader(), data.test_dataloader()
    assert train.ranks == Ranks(1, 2)
    assert len(train) == 6  # of twice 32 from 359 images
    assert sum(len(labels) for _, labels, _ in train) == 180  # half of 359
    assert sum(len(labels) for _, labels in test) == 540
