"""One picture: from a file of any format and mode to square RGB uint8. No torch here."""

import os
import stat
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from ltlight.config.colour import rgb

if TYPE_CHECKING:  # the schema imports Hydra, for which decoding processes would wait
    from ltlight.config.schema import DataConfig

SUFFIXES = (
    *(".jpg", ".jpeg", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif", ".gif"),
    *(".ppm", ".pgm"),
)
# Pillow's names of the formats of these. No others: some of Pillow's readers start programs.
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "AVIF", "GIF", "PPM")
ORIENTATION = 0x0112  # EXIF's tag, and what undoes each of its values
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_opening = Lock()


class UnreadablePicture(Exception):
    """A file that holds no picture that can be used; the text says why and leaves out the path."""


@dataclass(frozen=True)
class Preprocessing:
    """How a file becomes what a network sees; the same in training, prediction and export.

    - JPEGs much larger than needed are decoded at a half, a quarter or an eighth of their size
      (Pillow's ``draft``), never smaller than what they are resized to.
    - EXIF's orientation is applied; of several frames the first is taken.
    - **16-bit, 32-bit and float grey** (Pillow's modes I;16, I and F) are scaled by their own
      range: the least value of the picture becomes 0, the greatest 255, so that neither 12 bits
      in a file of 16 nor floats in 0…1 come out black. What is lost is the brightness of one such
      picture beside another's; where that tells classes apart, convert them to 8 bits before. A
      picture of one value becomes 0; one that holds NaN or infinity is refused. Colours of 16 bits
      a channel are read by Pillow at 8, by the range of the type.
    - Palette, CMYK and others are converted to RGB; transparent pixels show the background.
    - Resizing is bilinear with antialiasing.

    Attributes:
        image_size: S, pixels.
        resize: ``squash`` both sides to S; ``crop``: the shorter side to S, then the centre is cut
            out; ``pad``: the longer side to S, then background on both sides.
        background: a colour as `ltlight.config.colour.rgb` reads it.
        max_pixels: a picture of more is refused before it is decoded.
    """

    image_size: int
    resize: str = "squash"
    background: str = "white"
    max_pixels: int = 100_000_000

    @classmethod
    def of(cls, data: "DataConfig") -> "Preprocessing":
        """That of a configuration."""
        return cls(data.image_size, data.resize, data.background, data.max_pixels)

    def read(self, file: str | Path | BinaryIO) -> np.ndarray:
        """The picture of a file: uint8 [3, S, S], RGB.

        Raises:
            UnreadablePicture: for whatever can't be read or is refused.
        """
        try:
            if isinstance(file, str | Path):
                _refuse_special(os.stat(file).st_mode)  # noqa: PTH116 - 20 times a Path's speed
            with _opened(file) as image:
                self._refuse_large(image)
                image.draft(None, self._least_size(image.size))
                return self.apply(image)
        except UnreadablePicture:
            raise
        except UnidentifiedImageError as e:
            raise UnreadablePicture("cannot identify image file") from e
        except (
            Exception
        ) as e:  # Pillow's readers raise whatever a spoilt file makes them stumble on
            # … and some repeat the path.
            raise UnreadablePicture(str(e).split(": '")[0] or type(e).__name__) from e

    def apply(self, image: Image.Image) -> np.ndarray:
        """An opened picture: uint8 [3, S, S], RGB.

        Raises:
            UnreadablePicture: for values that are not finite.
        """
        image.load()  # TIFFs are turned upright by this
        upright = UPRIGHT.get(_orientation(image))
        if upright is not None:
            image = image.transpose(upright)
        image = self._resized(self._as_rgb(image))
        return np.asarray(image).transpose(2, 0, 1)

    def _refuse_large(self, image: Image.Image) -> None:
        width, height = image.size
        if width * height > self.max_pixels:
            raise UnreadablePicture(
                f"{width} x {height} pixels are more than data.max_pixels={self.max_pixels}, which "
                "may be raised"
            )

    def _least_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """What a picture may be reduced to without being enlarged afterwards."""
        if self.resize != "pad":
            return self.image_size, self.image_size
        longer = max(size)
        width, height = (ceil(self.image_size * side / longer) for side in size)
        return width, height

    def _as_rgb(self, image: Image.Image) -> Image.Image:
        if image.mode.startswith(("I", "F")):
            image = _scaled_by_own_range(image)
        if image.has_transparency_data:
            behind = Image.new("RGBA", image.size, (*rgb(self.background), 255))
            image = Image.alpha_composite(behind, image.convert("RGBA"))
        return image.convert("RGB")

    def _resized(self, image: Image.Image) -> Image.Image:
        target, (width, height) = (self.image_size, self.image_size), image.size
        if image.size == target:
            return image
        if self.resize == "squash" or width == height:
            return image.resize(target, Image.Resampling.BILINEAR)
        if self.resize == "crop":
            # Resizing the centre alone is the same and never makes the whole of a long strip.
            side = min(width, height)
            left, top = (width - side) / 2, (height - side) / 2
            box = (left, top, left + side, top + side)
            return image.resize(target, Image.Resampling.BILINEAR, box)
        scale = self.image_size / max(width, height)
        inner = (max(1, round(width * scale)), max(1, round(height * scale)))
        padded = Image.new("RGB", target, rgb(self.background))
        offset = ((target[0] - inner[0]) // 2, (target[1] - inner[1]) // 2)
        padded.paste(image.resize(inner, Image.Resampling.BILINEAR), offset)
        return padded


def _refuse_special(mode: int) -> None:
    """Opening a FIFO waits for ever, reading a device may."""
    if not stat.S_ISREG(mode):
        raise UnreadablePicture(f"is a {kind_of(mode)}, not a file")


def kind_of(mode: int) -> str:
    """What a path is that is no regular file, of its ``st_mode``."""
    kinds = {
        stat.S_IFDIR: "folder",
        stat.S_IFIFO: "FIFO",
        stat.S_IFSOCK: "socket",
        stat.S_IFCHR: "device",
        stat.S_IFBLK: "device",
        stat.S_IFLNK: "link",
    }
    return kinds.get(stat.S_IFMT(mode), "special file")


def _opened(file: str | Path | BinaryIO) -> Image.Image:
    """The picture, its header read; Pillow's own bound, one for the whole process, left out."""
    with _opening:
        bound, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(file, formats=FORMATS)
        finally:
            Image.MAX_IMAGE_PIXELS = bound


def _orientation(image: Image.Image) -> int:
    """EXIF's, 1 (upright) where there is none that can be read."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # of a spoilt block; the picture itself is fine
        return 1


def _scaled_by_own_range(image: Image.Image) -> Image.Image:
    """Grey of more than 8 bits or of floats as 8 bits, see `Preprocessing`."""
    values = np.asarray(image).astype(np.float64)
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise UnreadablePicture("holds values that are not finite numbers")
    if high > low:
        values = (values - low) / (high - low) * 255
    else:
        values[...] = 0
    return Image.fromarray(np.rint(values).astype(np.uint8))
