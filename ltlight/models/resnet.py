"""ResNet-32 of the long-tail literature: the CIFAR variant of He et al., CVPR 2016, section 4.2."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ltlight.errors import UserError

STAGES = (16, 32, 64)  # channels; from the second on, a stage halves the side of its maps
BLOCKS = 5  # a stage, of two convolutions each: 3 * 5 * 2 and the first and the last layer are 32
SMALLEST = 5  # pixels that leave the last stage more than one


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut without parameters (He et al.'s option A)."""

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        before = (channels - channels_in) // 2
        self.padding = (before, channels - channels_in - before)
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Maps [B, channels_in, S, S] to [B, channels, ceil(S / stride), ceil(S / stride)]."""
        residual = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)), inplace=True)))
        return F.relu(residual + self.shortcut(x), inplace=True)

    def shortcut(self, x: Tensor) -> Tensor:
        """The input: every stride-th pixel, missing channels filled with 0 on both sides."""
        if self.stride == 1 and not any(self.padding):
            return x
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, *self.padding))


class ResNet32(nn.Module):
    """31 convolutions and a linear layer; 464,154 parameters at 10 classes, 470,004 at 100.

    Weights of convolutions and of the linear layer are drawn as by He et al. 2015 (Kaiming normal),
    as in the code of Cao et al. 2019. Two parts: ``feature``, whose maps are averaged, and
    ``head``, the linear layer, which may be replaced.
    """

    def __init__(
        self, num_classes: int, image_size: int = 32, channels: int = 3, width: float = 1.0
    ) -> None:
        """Build the stages.

        Args:
            num_classes: outputs.
            image_size: side of the square images in pixels, 5 or more; the structure is the same
                for all, only the maps are larger.
            channels: of the images.
            width: scales every layer; 1 is the literature's network.

        Raises:
            UserError: for images of which the last stage would see a single pixel.
        """
        super().__init__()
        if image_size < SMALLEST:
            raise UserError(
                f"model.image_size={image_size} is too small for ResNet-32: set data.image_size "
                f"to {SMALLEST} or more"
            )
        wide = max(1, round(STAGES[0] * width))
        layers: list[nn.Module] = [nn.Conv2d(channels, wide, 3, padding=1, bias=False)]
        layers += [nn.BatchNorm2d(wide), nn.ReLU(inplace=True)]
        for stage, stage_channels in enumerate(STAGES):
            for block in range(BLOCKS):
                previous, wide = wide, max(1, round(stage_channels * width))
                layers.append(Block(previous, wide, stride=2 if stage > 0 and block == 0 else 1))
        self.feature = nn.Sequential(*layers)
        self.head: nn.Module = nn.Linear(wide, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, images: Tensor) -> Tensor:
        """Images float [B, channels, image_size, image_size] to logits [B, num_classes]."""
        # A mean and not AdaptiveAvgPool2d, whose backward is not deterministic on CUDA.
        return self.head(torch.mean(self.feature(images), dim=(2, 3)))
