"""The data module of a configuration: names become objects here, the module gets finished parts."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from ltlight.config import choices
from ltlight.config.pretrained import is_fine_tuned, is_frozen
from ltlight.config.schema import Config
from ltlight.data.augment import presets
from ltlight.data.datamodule import LongTailDataModule, Pictured
from ltlight.data.duplicates import duplicate_numbers, say_duplicates
from ltlight.data.image_set import ImageSet
from ltlight.data.samplers import DeferredSampler, Sampler
from ltlight.data.sources.load import load
from ltlight.data.splits import Splits, split
from ltlight.seeds import ORDER, PARTNERS
from ltlight.training.deferral import first_epoch
from ltlight.training.features import backbone_record, drawn_view, feature_sets, plain_view
from ltlight.training.net_memory import device_of


@dataclass(frozen=True)
class Images:
    """What a run trains on and is tested on.

    Attributes:
        pixels: as read, thinned out and split.
        features: of the same images under a frozen backbone; None: there is none.
    """

    pixels: Splits
    features: Splits | None


def build_data(config: Config) -> LongTailDataModule:
    """The data module of a configuration, its images read, thinned out and split.

    Raises:
        UserError: see `read_images`.
    """
    return module_of(config, read_images(config))


def read_images(config: Config) -> Images:
    """The images of a configuration, read, thinned out and split, and their features.

    Raises:
        UserError: for images that can't be used, a ratio that leaves a class without any, a
            backbone that can't be had, or a disk without room for its features.
    """
    data = config.data
    source = load(choices.load(choices.SOURCES, data.source), data)
    if data.duplicates == "together":
        numbers = duplicate_numbers(source.train, data.near_duplicates)
        source = replace(source, train=replace(source.train, duplicates=numbers))
    found = split(source, data)
    if data.duplicates != "ignore":
        parts = {"train": found.train, "val": found.val, "test": found.test}
        there = {name: part for name, part in parts.items() if part is not None}
        say_duplicates(there, data.near_duplicates)
    if not is_frozen(config):
        return Images(found, None)
    device = device_of(config.trainer)
    features = feature_sets(config, found.train, found.val, found.test, device)
    return Images(found, Splits(*features))


def module_of(config: Config, images: Images) -> LongTailDataModule:
    """The data module of given images; under a frozen backbone, batches are of features."""
    pixels, features = images.pixels, images.features
    given = pixels if features is None else features
    module = data_module(config, given.train, given.val, given.test)
    if features is not None:
        module.pictures = Pictured(pixels.train, pixels.val, pixels.test, module.augmentation)
        module.augmentation, module.plain = drawn_view, plain_view
    if is_frozen(config) or is_fine_tuned(config):
        module.record = backbone_record(config)  # what the training began with
    return module


def data_module(
    config: Config, train: ImageSet, val: ImageSet | None, test: ImageSet
) -> LongTailDataModule:
    """The data module of given images: sampled, augmented and mixed as a configuration says."""
    data, method = config.data, config.method
    mixing_class = choices.load(choices.MIXINGS, method.mix)
    mixing, partners = None, None
    if mixing_class is not None:
        mixing = mixing_class(
            method.mix_alpha, torch.from_numpy(train.class_counts), method.mix_probability
        )
        if mixing.partner_sampler is not None:
            partners = build_sampler(
                mixing.partner_sampler,
                train,
                config,
                draws=num_draws(method.draws, train.class_counts),
                stream=PARTNERS,
            )
    return LongTailDataModule(
        train,
        val,
        test,
        sampler=deferred_sampler(train, config),
        augmentation=presets.augmentation(
            choices.load(choices.AUGMENTATIONS, method.augment),
            mirror=data.mirror,
            cutout_share=method.cutout,
        ),
        mixing=mixing,
        partners=partners,
        mixed_epochs=mixed_epochs(config),
        batch_size=data.batch_size,
        eval_batch_size=data.eval_batch_size,
    )


def mixed_epochs(config: Config) -> range:
    """The epochs of the training that are mixed, where anything is: all but the first and last."""
    method = config.method
    return range(method.mix_off_first, config.trainer.max_epochs - method.mix_off_last)


def num_draws(draws: int | str | None, class_counts: np.ndarray) -> int | None:
    """Images an epoch draws; ``balanced`` is C times the largest class, as a balanced set has."""
    if draws == "balanced":
        return len(class_counts) * int(class_counts.max())
    return None if draws is None else int(draws)


def build_sampler(
    name: str, images: ImageSet, config: Config, *, draws: int | None = None, stream: int = ORDER
) -> Sampler:
    """The sampler of a name."""
    sampler: Sampler = choices.load(choices.SAMPLERS, name)(
        images.labels,
        images.class_counts,
        config.seed,
        epochs=config.trainer.max_epochs,
        draws=draws,
        stream=stream,
    )
    return sampler


def deferred_sampler(images: ImageSet, config: Config) -> Sampler:
    """The sampler of the training; shuffled until ``method.sampler_from``."""
    draws = num_draws(config.method.draws, images.class_counts)
    sampler = build_sampler(config.method.sampler, images, config, draws=draws)
    if config.method.sampler_from == 0:
        return sampler
    return DeferredSampler(
        images.labels,
        images.class_counts,
        config.seed,
        draws=draws,
        first=build_sampler("shuffle", images, config, draws=draws),
        later=sampler,
        start=first_epoch(config.method.sampler_from, config.trainer.max_epochs),
    )
