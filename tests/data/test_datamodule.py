import logging

import numpy as np
import torch
from lightning import Trainer

from ltlight.data import datamodule
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.longtail import class_counts


def attach(data: LongTailDataModule) -> LongTailDataModule:
    data.trainer = Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    return data


def test_subset_is_long_tailed_and_the_test_set_is_whole(digit_sets):
    data = LongTailDataModule(*digit_sets, ratio=0.02)
    assert data.class_counts.tolist() == [120, 81, 54, 37, 25, 16, 11, 7, 5, 3]
    assert len(data.test_set) == 540


def test_subset_is_the_same_for_every_method(digit_sets):
    plain = LongTailDataModule(*digit_sets, ratio=0.02, seed=1)
    weighted = LongTailDataModule(
        *digit_sets, ratio=0.02, seed=1, sampler="inverse_frequency", augmentation="report"
    )
    np.testing.assert_array_equal(plain.train_set.images, weighted.train_set.images)


def test_weighted_sampling_balances_a_real_long_tail(digit_sets):
    data = attach(LongTailDataModule(*digit_sets, ratio=0.02, sampler="inverse_frequency"))
    loader = data.train_dataloader()
    labels = []
    for epoch in range(30):
        loader.sampler.set_epoch(epoch)
        labels += [y for _, y in loader]
    shares = torch.cat(labels).bincount(minlength=10) / len(torch.cat(labels))
    # 10 % each; 5 standard errors over 30 * 359 draws are 0.0145.
    torch.testing.assert_close(shares, torch.full((10,), 0.1), rtol=0, atol=0.0145)


def test_training_batches_are_augmented_and_test_batches_are_not(digit_sets):
    data = attach(LongTailDataModule(*digit_sets, augmentation="report"))
    images, _ = next(iter(data.test_dataloader()))
    expected = torch.from_numpy(digit_sets[1].images[:500]).float() / 127.5 - 1
    torch.testing.assert_close(images, expected)
    seen = torch.cat([x for x, _ in data.train_dataloader()])
    assert (seen == 0).any()  # the fill of a translation; no grey level is normalised to 0


def test_validation_is_held_out_of_the_training_images_and_spares_the_tail(digit_sets, caplog):
    with caplog.at_level(logging.WARNING):
        data = LongTailDataModule(*digit_sets, ratio=0.02, val_fraction=0.1)
    assert data.val_set.class_counts.tolist() == [12, 8, 5, 3, 2, 1, 1, 0, 0, 0]
    assert data.class_counts.tolist() == [108, 73, 49, 34, 23, 15, 10, 7, 5, 3]
    assert "7, 8, 9" in caplog.text


def test_validation_held_out_before_the_subset_is_balanced(digit_sets):
    data = LongTailDataModule(*digit_sets, ratio=0.02, val_fraction=0.1, val_from="source")
    assert data.val_set.class_counts.tolist() == [12] * 10
    assert data.class_counts.tolist() == list(class_counts(10, 108, 0.02, "exponential"))
    trained_on = {image.tobytes() for image in data.train_set.images}
    assert not any(image.tobytes() in trained_on for image in data.val_set.images)


def test_large_subset_stays_where_it_is_and_gives_the_same_batches(digit_sets, monkeypatch):
    copied = attach(LongTailDataModule(*digit_sets, ratio=0.02)).train_dataloader()
    monkeypatch.setattr(datamodule, "RESIDENT", 0)
    mapped = attach(LongTailDataModule(*digit_sets, ratio=0.02)).train_dataloader()
    assert mapped.images.data_ptr() == digit_sets[0].store.ctypes.data
    assert len(copied.images) == 359
    for (x, y), (u, v) in zip(mapped, copied, strict=True):
        assert torch.equal(x, u)
        assert torch.equal(y, v)
