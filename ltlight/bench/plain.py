"""The plain pipeline: what one writes with DataLoader, torchvision's transforms and Lightning.

Written as well as it usually is: the images are in memory, the workers persist, nothing is logged.
"""

from typing import Any

import lightning as L
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, WeightedRandomSampler
from torchvision.transforms import v2

from ltlight.data import longtail
from ltlight.data.image_set import ImageSet

NORMALISED = (v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.5]))
FIGURE_7 = (
    v2.RandomApply([v2.RandomAffine(0, translate=(0.1, 0.1))], 0.3),
    v2.RandomHorizontalFlip(0.3),
    v2.RandomApply([v2.RandomRotation(45)], 0.3),
    v2.RandomApply([v2.ColorJitter(0.2, 0.2, 0.2, 0.2)], 0.3),
)


class Pictures(Dataset):
    """PIL images and labels one by one, transformed on the way: as torchvision's CIFAR100."""

    def __init__(self, images: ImageSet, transform: v2.Transform) -> None:
        self.arrays = images.images.transpose(0, 2, 3, 1)
        self.labels, self.transform = images.labels.tolist(), transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.arrays[index])), self.labels[index]


def train_loader(
    images: ImageSet, improved: bool, batch_size: int, workers: int, mirror: bool = True
) -> DataLoader:
    """``baseline`` (shuffled) or ``improved`` (the weighted sampler and Fig 7, image by image)."""
    sampler = None
    if improved:
        weights = longtail.inverse_frequency_weights(images.class_counts)[images.labels]
        sampler = WeightedRandomSampler(weights, len(images))
    moves = [t for t in FIGURE_7 if mirror or not isinstance(t, v2.RandomHorizontalFlip)]
    transform = v2.Compose([*NORMALISED, *(moves if improved else ())])
    return _loader(
        images, transform, workers, batch_size=batch_size, sampler=sampler, shuffle=not improved
    )


def test_loader(images: ImageSet, batch_size: int, workers: int) -> DataLoader:
    """The test images in order."""
    return _loader(images, v2.Compose(NORMALISED), workers, batch_size=batch_size)


def _loader(
    images: ImageSet, transform: v2.Transform, workers: int, **arguments: Any
) -> DataLoader:
    arguments |= {"num_workers": workers, "persistent_workers": workers > 0}
    return DataLoader(
        Pictures(images, transform), pin_memory=torch.cuda.is_available(), **arguments
    )


class PlainClassifier(L.LightningModule):
    """Cross-entropy and torch's SGD with the report's settings."""

    def __init__(self, net: nn.Module, fused: bool = False, lr: float = 1e-4) -> None:
        super().__init__()
        self.net, self.fused, self.lr = net, fused, lr

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Cross-entropy of a batch."""
        images, labels = batch
        return F.cross_entropy(self.net(images), labels)

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """Accuracy of a batch."""
        images, labels = batch
        self.log("accuracy", (self.net(images).argmax(1) == labels).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """The report's SGD."""
        fused = {"fused": True} if self.fused else {}
        return torch.optim.SGD(self.net.parameters(), lr=self.lr, momentum=0.9, **fused)
