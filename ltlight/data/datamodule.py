"""The LightningDataModule: finished image sets as batches on the trainer's device."""

from dataclasses import dataclass
from typing import Any

import lightning as L
import numpy as np
import torch

from ltlight.cpu import spare_core
from ltlight.data.augment.mixing import Mixing
from ltlight.data.augment.presets import Augmentation, none
from ltlight.data.image_set import ImageSet
from ltlight.data.loader import TensorLoader
from ltlight.data.ranks import ALONE, Ranks
from ltlight.data.samplers import Sampler, SequentialSampler

RESIDENT = 1 << 30  # bytes; a subset up to this size is copied together, a larger one stays mapped


@dataclass(frozen=True)
class Pictured:
    """The images that a person is shown.

    Attributes:
        train, val, test: of the sets of those names, as pixels.
        augmentation: of the training's.
    """

    train: ImageSet
    val: ImageSet | None
    test: ImageSet
    augmentation: Augmentation


class LongTailDataModule(L.LightningDataModule):
    """A long-tailed training set, sampled, augmented and mixed, and the images it is tested on."""

    def __init__(
        self,
        train: ImageSet,
        val: ImageSet | None,
        test: ImageSet,
        *,
        sampler: Sampler,
        augmentation: Augmentation,
        mixing: Mixing | None = None,
        partners: Sampler | None = None,
        mixed_epochs: range | None = None,
        batch_size: int,
        eval_batch_size: int,
        plain: Augmentation = none,
        pictures: Pictured | None = None,
    ) -> None:
        """Take finished parts, see `ltlight.training.build_data.build_data`.

        Args:
            train: what is trained on.
            val: images held out of it, or None: validation then watches the test set.
            test: the test images, whole.
            sampler: of ``train``.
            augmentation: of training batches; the others are normalised only.
            mixing: of training batches.
            partners: what they are mixed with, a sampler of ``train``; None: the batch, shuffled.
            mixed_epochs: the epochs that are mixed; None: all.
            batch_size: of training, per process.
            eval_batch_size: of validation and test.
            plain: what batches that are not trained on go through.
            pictures: what a person is shown where the sets hold features; None: the sets.

        Its attribute ``device`` says where batches go where there is no trainer: one process then.
        """
        super().__init__()
        self.train_set, self.val_set, self.test_set = train, val, test
        self.sampler, self.augmentation = sampler, augmentation
        self.mixing, self.partners, self.mixed_epochs = mixing, partners, mixed_epochs
        self.batch_size, self.eval_batch_size = batch_size, eval_batch_size
        self.plain = plain
        self.device: torch.device | None = None
        self.record: dict[str, Any] = {}  # for `metrics.json`: what made features of the images
        self.pictures = pictures or Pictured(train, val, test, augmentation)

    @property
    def class_counts(self) -> np.ndarray:
        """Training images of every class, int64 [C]."""
        return self.train_set.class_counts

    def train_dataloader(self) -> TensorLoader:
        """Augmented and mixed batches in the sampler's order."""
        loader = self._loader(self.train_set, self.sampler, self.batch_size, self.augmentation)
        loader.ranks = self._ranks
        loader.mixing = self.mixing and self.mixing.to(loader.device)
        loader.partners = self.partners
        loader.mixed_epochs = self.mixed_epochs
        return loader

    def val_dataloader(self) -> TensorLoader:
        """The held-out split, or the test set, watched but never selected on."""
        return self.plain_dataloader(self.test_set if self.val_set is None else self.val_set)

    def predict_dataloader(self) -> TensorLoader:
        """The held-out split alone: what temperature and threshold are fitted to."""
        if self.val_set is None:
            raise RuntimeError("nothing is held out of the training images: there is no such split")
        return self.plain_dataloader(self.val_set)

    def test_dataloader(self) -> TensorLoader:
        """The whole test set, on every rank."""
        return self.plain_dataloader(self.test_set)

    @property
    def _ranks(self) -> Ranks:
        """This process among those that train together."""
        if self.device is not None:
            return ALONE
        return Ranks(self._attached.global_rank, self._attached.world_size)

    @property
    def _attached(self) -> L.Trainer:
        if self.trainer is None:
            raise RuntimeError("a data module makes batches for a trainer: attach it to one first")
        return self.trainer

    def plain_dataloader(self, images: ImageSet) -> TensorLoader:
        """A set in its own order, without augmentation."""
        sampler = SequentialSampler(images.labels, images.class_counts, self.sampler.seed)
        return self._loader(images, sampler, self.eval_batch_size, self.plain)

    def _loader(
        self, images: ImageSet, sampler: Sampler, batch_size: int, augmentation: Augmentation
    ) -> TensorLoader:
        device = self.device or self._attached.strategy.root_device
        home = device if _fits(images.nbytes, device) else torch.device("cpu")
        rows = None
        if home.type == "cpu" and images.nbytes > RESIDENT and images.rows is not None:
            pixels, rows = torch.from_numpy(images.store), torch.from_numpy(images.rows)
        else:
            pixels = torch.from_numpy(images.images).to(home)
        labels = torch.from_numpy(images.labels).to(home)
        return TensorLoader(
            pixels,
            labels,
            sampler,
            batch_size,
            augmentation,
            device,
            rows=rows,
            prefetching=device.type == "cpu" and spare_core(),
        )


def _fits(num_bytes: int, device: torch.device) -> bool:
    """Whether images may live on a device; half of what is free is left to the training."""
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return num_bytes < free / 2
