"""The LightningDataModule: long-tail subset, held-out split, sampling and augmentation."""

import logging

import lightning as L
import numpy as np
import torch

from ltlight.cpu import spare_core
from ltlight.data import longtail
from ltlight.data.augment import fig7, presets
from ltlight.data.augment.mixing import mixing
from ltlight.data.image_set import ImageSet
from ltlight.data.loader import TensorLoader
from ltlight.data.samplers import (
    ClassAwareOrder,
    DeferredOrder,
    Order,
    ProgressiveOrder,
    Sequential,
    WeightedOrder,
)
from ltlight.optim.lr_schedules import first_epoch
from ltlight.seeds import ORDER, PARTNERS

log = logging.getLogger(__name__)
RESIDENT = 1 << 30  # bytes; a subset up to this size is copied together, a larger one stays mapped


class LongTailDataModule(L.LightningDataModule):
    """A long-tailed training set, and the whole test set, as batches on the trainer's device.

    Attributes:
        train_set: what is trained on, after the long-tail subset and the held-out split.
        val_set: the held-out split, or None.
        test_set: as given.
    """

    def __init__(
        self,
        train: ImageSet,
        test: ImageSet,
        *,
        ratio: float = 1.0,
        profile: str = "exponential",
        sampler: str = "shuffle",
        sampler_from: float = 0.0,
        augmentation: str = "none",
        cutout: float = 0.0,
        mix: str = "none",
        mix_alpha: float = 1.0,
        mirror: bool = True,
        seed: int = 0,
        val_fraction: float = 0.0,
        val_from: str = "subset",
        batch_size: int = 32,
        eval_batch_size: int = 500,
    ) -> None:
        """
        Args:
            train: all training images there are.
            test: the test images; never subsetted.
            ratio: imbalance ratio in (0, 1], see `longtail.class_counts`.
            profile: shape of the imbalance, see `longtail.longtail_counts`.
            sampler: ``shuffle``; ``inverse_frequency`` or ``square_root`` (drawn with replacement,
                N draws an epoch), ``progressively_balanced`` or ``class_aware``, see `order`.
            sampler_from: share of the epochs that are shuffled before (deferred re-sampling).
            augmentation: a name in `presets.PRESETS`, for training only.
            cutout: side of the square that is blanked, as a share of the image's; 0 for none.
            mix: a name of `mix.mixing`.
            mix_alpha: of its weights.
            mirror: whether the augmentation may flip the pictures.
            seed: of the subset, the order and the augmentation.
            val_fraction: share of every class's training images to hold out, 0 for none.
            val_from: held out of the ``subset``, and as long-tailed, or of the ``source`` before it
                is thinned out, and as balanced as that: small classes say more so.
            batch_size: of training, per process.
            eval_batch_size: of validation and test.

        Raises:
            UserError: for a ratio that leaves a class without images.
        """
        super().__init__()
        self.seed, self.sampler, self.sampler_from = seed, sampler, sampler_from
        self.mix, self.mix_alpha = mix, mix_alpha
        self.augmentation = presets.preset(augmentation, mirror, cutout)
        self.batch_size, self.eval_batch_size = batch_size, eval_batch_size
        self.train_set, self.val_set, self.test_set = train, None, test
        if val_fraction > 0 and val_from == "source":
            self._hold_out(val_fraction)
        self._thin_out(ratio, profile)
        if val_fraction > 0 and val_from == "subset":
            self._hold_out(val_fraction)

    def _thin_out(self, ratio: float, profile: str) -> None:
        whole = self.train_set
        counts = longtail.longtail_counts(whole.class_counts, ratio, profile, whole.class_names)
        if (counts < whole.class_counts).any():
            self.train_set = whole.subset(longtail.subset_indices(whole.labels, counts, self.seed))

    def _hold_out(self, fraction: float) -> None:
        whole, num_classes = self.train_set, len(self.train_set.class_names)
        kept, held = longtail.holdout_indices(whole.labels, fraction, self.seed, num_classes)
        self.train_set, self.val_set = whole.subset(kept), whole.subset(held)
        spared = [whole.class_names[c] for c in np.flatnonzero(self.val_set.class_counts == 0)]
        if spared:
            log.warning(
                "data.val_fraction=%s: %d of %d classes are too small to hold an image out and "
                "count for nothing in validation: %s",
                *(fraction, len(spared), num_classes, ", ".join(spared)),
            )

    @property
    def class_counts(self) -> np.ndarray:
        """Training images of every class, int64 [C]."""
        return self.train_set.class_counts

    def train_dataloader(self) -> TensorLoader:
        """Augmented and mixed batches in the method's order."""
        order = self._order(self.sampler)
        if self.sampler_from > 0:
            start = first_epoch(self.sampler_from, self.trainer.max_epochs)
            order = DeferredOrder(**vars(self._order("shuffle")), later=order, start=start)
        loader = self._loader(self.train_set, order, self.batch_size, self.augmentation)
        counts = torch.from_numpy(self.class_counts).to(loader.device)
        loader.mix = mixing(self.mix, self.mix_alpha, counts)
        if self.mix == "cmo":
            loader.partners = self._order("inverse_frequency", stream=PARTNERS)
        return loader

    def _order(self, name: str, stream: int = ORDER) -> Order:
        """The order of a sampler's name."""
        counts, labels = self.class_counts, self.train_set.labels
        common = {
            **{"num_samples": len(labels), "seed": self.seed, "stream": stream},
            **{"rank": self.trainer.global_rank, "world_size": self.trainer.world_size},
        }
        if name == "shuffle":
            return Order(**common)
        if name == "class_aware":
            return ClassAwareOrder(**common, labels=labels)
        if name == "square_root":
            weights = longtail.square_root_weights(counts)
        else:
            weights = longtail.inverse_frequency_weights(counts)
        of_samples = torch.from_numpy(weights[labels])
        if name == "progressively_balanced":
            epochs = max(1, self.trainer.max_epochs)
            return ProgressiveOrder(**common, weights=of_samples / len(labels), epochs=epochs)
        return WeightedOrder(**common, weights=of_samples)

    def val_dataloader(self) -> TensorLoader:
        """The held-out split, or the test set, watched but never selected on."""
        return self._eval_loader(self.test_set if self.val_set is None else self.val_set)

    def test_dataloader(self) -> TensorLoader:
        """The whole test set, on every rank."""
        return self._eval_loader(self.test_set)

    def _eval_loader(self, images: ImageSet) -> TensorLoader:
        order = Sequential(len(images), self.seed)
        return self._loader(images, order, self.eval_batch_size, fig7.none)

    def _loader(
        self, images: ImageSet, order: Order, batch_size: int, augmentation: fig7.Augmentation
    ) -> TensorLoader:
        device = self.trainer.strategy.root_device
        home = device if _fits(images.nbytes, device) else torch.device("cpu")
        rows = None
        if home.type == "cpu" and images.nbytes > RESIDENT and images.rows is not None:
            pixels, rows = torch.from_numpy(images.store), torch.from_numpy(images.rows)
        else:
            pixels = torch.from_numpy(images.images).to(home)
        labels = torch.from_numpy(images.labels).to(home)
        make_ahead = device.type == "cpu" and spare_core()
        return TensorLoader(
            pixels, labels, order, batch_size, augmentation, device, rows, make_ahead
        )


def _fits(num_bytes: int, device: torch.device) -> bool:
    """Whether images may live on a device; half of what is free is left to the training."""
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return num_bytes < free / 2
