"""CNNCifar, the report's network (Fig 9)."""

from typing import Any

from torch import Tensor, nn

from ltlight.errors import UserError
from ltlight.models.wide_linear import WideLinear

# (channels, padding, followed by 2x2 max-pooling), all convolutions 3x3.
BLOCKS = ((64, 2, True), (128, 2, True), (256, 1, True), (512, 1, True), (1024, 1, False))
HIDDEN = 8192


class CNNCifar(nn.Module):
    """Five convolutions and three linear layers; 107,363,890 parameters at 50 classes.

    Two parts: ``feature`` (convolutions, batch norm, ReLU, max-pooling) and ``classifier`` (two
    hidden layers with dropout 0.5, then one output a class).
    """

    def __init__(
        self, num_classes: int, image_size: int = 32, channels: int = 3, width: float = 1.0
    ) -> None:
        """Fit the structure to the images.

        Args:
            num_classes: outputs.
            image_size: side of the square images in pixels; the first linear layer is fitted to it
                (the report's first way to take other images).
            channels: of the images.
            width: scales every hidden layer; 1 is the report's network.

        Raises:
            UserError: for images that max-pooling would shrink to nothing.
        """
        super().__init__()
        layers: list[nn.Module] = []
        size, wide = image_size, channels
        for block_channels, padding, pooled in BLOCKS:
            previous, wide = wide, max(1, round(block_channels * width))
            layers += [nn.Conv2d(previous, wide, 3, padding=padding), nn.BatchNorm2d(wide)]
            layers += [nn.ReLU(inplace=True)] + [nn.MaxPool2d(2)] * pooled
            size = (size + 2 * padding - 2) // (2 if pooled else 1)
        if size < 1:
            raise UserError(
                f"model.image_size={image_size} is too small for CNNCifar: set data.image_size "
                "to 10 or more"
            )
        hidden = max(1, round(HIDDEN * width))
        self.feature = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Flatten(),
            WideLinear(wide * size * size, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            WideLinear(hidden, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(hidden, num_classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Images float [B, channels, image_size, image_size] to logits [B, num_classes]."""
        return self.classifier(self.feature(images))

    @property
    def head(self) -> nn.Module:
        """The last linear layer; assigning to it replaces that layer, its name stays."""
        return self.classifier[-1]

    def __setattr__(self, name: str, value: Any) -> None:
        # torch registers a module under the name it is assigned to and asks no property's setter.
        if name == "head":
            self.classifier[-1] = value
        else:
            super().__setattr__(name, value)
