"""What is cut off: commands that bring all there is to lose, each in seconds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

TINY = (
    "data=digits",
    "data.ratio=0.2",
    "trainer=cpu",
    "model.width=0.03",
    "optim.lr=0.01",
    "trainer.max_epochs=6",
    "trainer.checkpoint_every_n_epochs=100",
)
PICTURES = 2100  # from 2,000 on they are decoded by several processes


@dataclass(frozen=True)
class Scenario:
    """A command, how many processes of it train together, and what is made for it before.

    Attributes:
        arguments: of `ltlight`.
        processes: as torchrun would start them.
        prepare: makes what the command reads, in its folder.
        kept: files whose bytes must be the same in the end, beside logits and curves.
    """

    name: str
    arguments: tuple[str, ...]
    processes: int = 1
    prepare: Callable[[Path], None] = field(default=lambda folder: None)
    kept: tuple[str, ...] = ()


def train(*arguments: str) -> tuple[str, ...]:
    """A training that saves itself every second."""
    return ("train", *TINY, "name=x", "trainer.checkpoint_minutes=0.0166", *arguments)


def write_jpegs(folder: Path) -> None:
    """Noise in the classes of a folder, as small JPEGs."""
    from PIL import Image

    random = np.random.default_rng(0)
    for name in ("a", "b", "c"):
        (folder / "pictures" / name).mkdir(parents=True)
        for number in range(PICTURES // 3):
            pixels = random.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "pictures" / name / f"{number:04d}.jpg")


SCENARIOS = {
    s.name: s
    for s in (
        Scenario(
            "single run",
            train(
                "method=improved", "method.ema=0.9", "method.mix=mixup", "method.schedule=cosine"
            ),
        ),
        Scenario(
            "best epoch",
            train("method=bs_cmo", "data.val_fraction=0.2", "trainer.check_val_every_n_epoch=1"),
        ),
        Scenario(
            "second stage",
            train("method=crt", "trainer.max_epochs=2", "method.second_stage_epochs=5"),
        ),
        Scenario(
            "feature pass",
            (
                "train",
                "data=digits",
                "data.cache=cache",
                "trainer=cpu",
                "name=x",
                "model=pretrained",
                "model.backbone=resnet10t",
                "model.weights=random",
                "model.image_size=64",
                "trainer.max_epochs=2",
            ),
        ),
        Scenario(
            "decoding",
            (
                *train("data=folder", "data.root=pictures", "data.cache=cache", "data.ratio=1"),
                "data.image_size=32",
                "trainer.limit_batches=10",
                "trainer.max_epochs=1",
            ),
            prepare=write_jpegs,
        ),
        Scenario("sweep", (*train("-m", "seed=0,1", "trainer.max_epochs=3"),)),
        Scenario("two processes", train("trainer.devices=2", "method=improved"), processes=2),
        Scenario(
            "report",
            ("report", "outputs/x"),
            kept=("outputs/x/results.csv", "outputs/x/report.md", "outputs/x/report.html"),
        ),
    )
}


def runs_below(folder: Path) -> Iterator[Path]:
    """The run folders of a command, relative to the folder that it was given in."""
    for config in sorted(folder.glob("outputs/**/config.yaml")):
        yield config.parent.relative_to(folder)
