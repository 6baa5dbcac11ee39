"""The pictures of a run folder: spread over classes, small, and drawn as the training draws."""

import numpy as np

from ltlight.data import previews
from ltlight.data.augment.fig7 import fig7
from ltlight.data.augment.presets import Augmentation, none
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.image_set import ImageSet
from ltlight.data.samplers import ShuffleSampler
from ltlight.runs.run_folder import RunFolder


def image_set(per_class: list[int], side: int) -> ImageSet:
    labels = np.repeat(np.arange(len(per_class)), per_class)
    images = np.random.default_rng(0).integers(0, 256, (len(labels), 3, side, side), np.uint8)
    return ImageSet(images, labels, tuple("abcdefghijklmnop"[: len(per_class)]))


def module(train: ImageSet, test: ImageSet, augmentation: Augmentation) -> LongTailDataModule:
    return LongTailDataModule(
        train,
        None,
        test,
        sampler=ShuffleSampler(train.labels, train.class_counts, 0),
        augmentation=augmentation,
        batch_size=4,
        eval_batch_size=4,
    )


def test_every_class_is_shown_and_the_limits_hold():
    shown = previews.spread_indices(image_set([900, 300, 2, 0], 8))
    labels = np.repeat(np.arange(4), [900, 300, 2, 0])[shown]
    assert np.bincount(labels).tolist() == [250, 250, 2]
    assert shown.tolist() == sorted(set(shown.tolist()))


def test_pictures_survive_the_run_folder_and_keep_unaugmented_images_exact(tmp_path):
    data = module(image_set([12, 6, 3], 80), image_set([4, 4, 4], 80), none)
    RunFolder(tmp_path).save_pictures(previews.report_pictures(data))
    kept = RunFolder(tmp_path).pictures()
    assert kept["test_images"].shape == (12, 3, 40, 40)  # every second pixel of 80
    assert (kept["test_images"] == data.test_set.images[kept["test_indices"]][..., ::2, ::2]).all()
    assert kept["augmented"].shape == (previews.DRAWS, 3, 3, 40, 40)
    assert (kept["augmented"] == kept["train_images"]).all()  # the preset `none`
    assert kept["train_labels"].tolist() == [0, 1, 2]


def test_draws_differ_and_are_those_of_the_seed():
    data = module(image_set([12, 6, 3], 8), image_set([4, 4, 4], 8), fig7)
    first, again = (previews.augmentation_preview(data)["augmented"] for _ in range(2))
    assert (first == again).all()
    assert len({draw.tobytes() for draw in first}) == previews.DRAWS


def test_a_run_folder_without_pictures_has_none(tmp_path):
    assert RunFolder(tmp_path).pictures() is None
