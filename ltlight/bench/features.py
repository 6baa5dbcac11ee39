"""The feature pass of a frozen backbone beside a bare loop over timm's network.

    python -m ltlight.bench.features model.weights=~/efficientnet-lite0.pth model.image_size=160
    python -m ltlight.bench.features model.backbone=resnet18 data.image_size=64

The arguments are those of `ltlight.train` with model=pretrained. Both take turns on the same random
images of ``data.image_size`` pixels, in one process; the loop enlarges and normalises them and asks
timm's network, on its best memory format, and keeps its features in memory. The pass also writes
them to a cache, which is thrown away.
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.nn import functional as F

from ltlight.config.command_line import home_expanded
from ltlight.config.compose import composed
from ltlight.config.plain_words import plain_words
from ltlight.config.schema import Config
from ltlight.data.features import BATCH, FeatureKey, with_features
from ltlight.data.image_set import ImageSet
from ltlight.errors import UserError
from ltlight.models.backbones import Backbone, build_backbone
from ltlight.training.features import Embedder

IMAGES, ROUNDS = 256, 7  # of a round: a few seconds for a small network on one core


@torch.inference_mode()
def bare_loop(backbone: Backbone, images: Tensor) -> Tensor:
    """Features [N, D] of images uint8 [N, 3, S, S], as a user of timm would write it."""
    side, found = backbone.input.image_size, []
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH].float() / 255
        if batch.shape[-1] != side:
            mode = backbone.input.interpolation
            batch = F.interpolate(batch, size=(side, side), mode=mode, antialias=True).clamp(0, 1)
        batch = (batch - backbone.mean) / backbone.std
        found.append(backbone.net(batch.to(memory_format=torch.channels_last)))
    return torch.cat(found)


def seconds_in_turn(config: Config, images: np.ndarray) -> tuple[list[float], list[float]]:
    """Seconds of the bare loop and of the pass, in every round but a first one that warms up.

    Args:
        config: of model=pretrained.
        images: uint8 [N, 3, S, S].
    """
    model, device = config.model, torch.device("cpu")
    assert model.backbone is not None  # `refuse_conflicts`
    backbone = build_backbone(model.backbone, model.weights, model.image_size)
    embed = Embedder(config, backbone, device)
    key = FeatureKey(backbone.digest(), backbone.num_features)
    source = ImageSet(images, np.zeros(len(images), dtype=np.int64), ("all",))
    bare, ours = [], []
    for _ in range(1 + ROUNDS):
        begun = time.perf_counter()
        wanted = bare_loop(backbone, torch.from_numpy(images))
        bare.append(time.perf_counter() - begun)
        with tempfile.TemporaryDirectory() as cache:
            begun = time.perf_counter()
            found = with_features(source, embed, key, Path(cache))
            ours.append(time.perf_counter() - begun)
            # float16 has 11 bits
            np.testing.assert_allclose(found.images[:, 0], wanted.numpy(), rtol=2e-3, atol=2e-3)
    return bare[1:], ours[1:]


def table(config: Config, bare: list[float], ours: list[float]) -> Table:
    """Both, and the throughput of the pass as a share of the loop's: the median of the rounds'."""
    shares = [b / o for b, o in zip(bare, ours, strict=True)]
    title = f"{config.model.backbone}: {IMAGES} images, {len(bare)} rounds"
    result = Table(title=title)
    result.add_column("", no_wrap=True)
    for column in ("images/s", "of the loop's [least, most]"):
        result.add_column(column, justify="right")
    result.add_row("a loop over timm's network", f"{IMAGES / median(bare):.1f}", "")
    share = f"{median(shares):.3f} [{min(shares):.3f}, {max(shares):.3f}]"
    result.add_row("the feature pass", f"{IMAGES / median(ours):.1f}", share)
    return result


def main() -> None:
    """A table."""
    words = home_expanded(sys.argv[1:])
    try:
        config = composed(["model=pretrained", "trainer=cpu", *words])
        side = config.data.image_size
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (IMAGES, 3, side, side), dtype=np.uint8)
        Console().print(table(config, *seconds_in_turn(config, images)))
    except Exception as e:
        line = str(e) if isinstance(e, UserError) else plain_words(e, words)
        if line is None:
            raise
        sys.exit(f"error: {line}")


if __name__ == "__main__":
    main()
