"""A frozen backbone in the place of pixels: the sets of a training as cached features."""

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ltlight.config import choices
from ltlight.config.schema import Config
from ltlight.cores import allowed_cores, threads_are_chosen
from ltlight.data.augment import presets
from ltlight.data.draws import integers
from ltlight.data.features import FeatureKey, with_features
from ltlight.data.image_set import ImageSet
from ltlight.models.backbones import Backbone, build_backbone
from ltlight.models.pretrained import FeatureHead
from ltlight.seeds import VIEWS, make_generator

log = logging.getLogger(__name__)
CHUNK = 4096  # rows of features at once, where statistics are added up


def backbone_of(config: Config) -> Backbone:
    """The backbone of a configuration; members of a sweep share it.

    Raises:
        UserError: see `build_backbone`.
    """
    model = config.model
    assert model.backbone is not None  # `refuse_conflicts`
    return _backbone(model.backbone, model.weights, model.image_size)


def backbone_record(config: Config) -> dict[str, Any]:
    """For `metrics.json`: name, digest of the weights and their licence."""
    backbone = backbone_of(config)
    return {
        "backbone": config.model.backbone,
        "backbone_digest": backbone.digest(),
        "backbone_license": backbone.license,
    }


@lru_cache(maxsize=1)
def _backbone(name: str, weights: str | None, image_size: int | None) -> Backbone:
    return build_backbone(name, weights, image_size).requires_grad_(False)


class Embedder:
    """Images to features, under the views of a configuration."""

    def __init__(self, config: Config, backbone: Backbone, device: torch.device) -> None:
        """Put the backbone where the training is."""
        self.backbone, self.device = backbone.to(device), device
        self.preset = choices.load(choices.AUGMENTATIONS, config.method.augment)
        self.mirror, self.seed = config.data.mirror, 0  # the views are the same for all seeds
        if device.type == "cpu":
            self.backbone.to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def __call__(self, images: np.ndarray, rows: np.ndarray, view: int) -> np.ndarray:
        """Features float32 [B, D] of images uint8 [B, 3, S, S]; view 0 is the plain one."""
        pixels = torch.from_numpy(images)
        if view == 0:
            batch = presets.none(pixels)
        else:  # an image's own generator: its views don't depend on which others are wanted
            batch = torch.cat(
                [self._drawn(pixels[i : i + 1], int(row), view) for i, row in enumerate(rows)]
            )
        features: Tensor = self.backbone(batch.to(self.device))
        return features.float().cpu().numpy()

    def _drawn(self, image: Tensor, row: int, view: int) -> Tensor:
        generator = make_generator("cpu", VIEWS, self.seed, row, view)
        drawn: Tensor = self.preset(image, generator, self.mirror)
        return drawn


def feature_sets(
    config: Config, train: ImageSet, val: ImageSet | None, test: ImageSet, device: torch.device
) -> tuple[ImageSet, ImageSet | None, ImageSet]:
    """The same sets with features float16 [M, V, D] in the place of pixels, computed or cached.

    Raises:
        UserError: for a backbone that can't be had, or a disk without room.
    """
    backbone, cache = backbone_of(config), Path(config.data.cache).expanduser()
    embed, digest = Embedder(config, backbone, device), backbone.digest()
    method = config.method.augment
    views = 1 if method == "none" else config.model.views
    drawn = FeatureKey(digest, backbone.num_features, views, f"{method} {config.data.mirror}")
    plain = FeatureKey(digest, backbone.num_features)
    threads = torch.get_num_threads()
    if not threads_are_chosen():  # a head before may have been content with one
        torch.set_num_threads(allowed_cores())
    try:
        return (
            with_features(train, embed, drawn if views > 1 else plain, cache),
            None if val is None else with_features(val, embed, plain, cache),
            with_features(test, embed, plain, cache),
        )
    finally:
        torch.set_num_threads(threads)


def drawn_view(features: Tensor, generator: torch.Generator) -> Tensor:
    """One view of each, at random: float16 [B, V, D] to float32 [B, D]."""
    count, views, _ = features.shape
    if views == 1:
        return features[:, 0].float()
    chosen = integers(views, count, generator)
    return features[torch.arange(count, device=features.device), chosen].float()


def plain_view(features: Tensor, generator: torch.Generator) -> Tensor:  # noqa: ARG001
    """The first view of each: float16 [B, V, D] to float32 [B, D]."""
    return features[:, 0].float()


def standardise(net: FeatureHead, train: ImageSet) -> None:
    """Give a head the mean and the deviation of the training features, over all views."""
    count, total, squares = 0, 0.0, 0.0
    for start in range(0, len(train), CHUNK):
        part = train.subset(np.arange(start, min(start + CHUNK, len(train)))).images
        part = part.astype(np.float64).reshape(-1, part.shape[-1])
        count += len(part)
        total = total + part.sum(axis=0)
        squares = squares + (part**2).sum(axis=0)
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    net.standardise(torch.from_numpy(mean).float(), torch.from_numpy(deviation).float())
