"""A trained classifier in Python: ``ltlight.load(RUN).predict(pictures)``."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ltlight.cores import allowed_cores
from ltlight.cpu import use_channels_last
from ltlight.data.sources.picture import Preprocessing, UnreadablePicture
from ltlight.deploy.bundle import Bundle, averaged, default_batch_size, read_bundles
from ltlight.deploy.find_pictures import find_pictures
from ltlight.deploy.find_runs import find_run
from ltlight.deploy.pictures import read_chunks
from ltlight.errors import UserError

TOP = 5  # classes that a prediction names


@dataclass(frozen=True)
class Prediction:
    """What a picture is taken for.

    Attributes:
        path: of its file; None for pixels.
        label: name of the most probable class.
        probability: of that class, in [0, 1], calibrated by the run's temperature.
        top: the most probable classes and their probabilities, the first of them ``label``.
    """

    path: str | None
    label: str
    probability: float
    top: tuple[tuple[str, float], ...]


class Classifier:
    """One run, or several averaged, ready to classify.

    Attributes:
        bundles: the runs.
        class_names: C names.
        preprocessing: how a file becomes what the network sees.
        device: where it computes.
        net: uint8 [B, 3, S, S], RGB, to calibrated logits [B, C].
    """

    def __init__(
        self,
        bundles: Sequence[Bundle],
        device: torch.device | str = "cpu",
        prior: str | None = None,
    ) -> None:
        """Put one together; see `load`.

        Args:
            bundles: one or more, of the same classes and images.
            device: to compute on.
            prior: see `ltlight.deploy.priors.target_prior`; None: as the runs were taught.
        """
        self.bundles = list(bundles)
        self.class_names = self.bundles[0].class_names
        self.preprocessing: Preprocessing = self.bundles[0].preprocessing
        self.batch_size = default_batch_size(self.bundles)
        self.net = averaged(self.bundles, prior)
        self.device = torch.device("cpu")
        self.to(device)

    def to(self, device: torch.device | str) -> Self:
        """Move it, in place."""
        self.device = torch.device(device)
        self.net.to(self.device)
        if self.device.type == "cpu":
            use_channels_last(self.net)
        return self

    def predict(self, pictures: Any, top: int = TOP) -> list[Prediction]:
        """Classify pictures.

        Args:
            pictures: a path of a file, a folder or a glob; a PIL image; an array uint8 [H, W, 3] or
                [N, H, W, 3], RGB, of any size; or a list of these.
            top: classes that every prediction names, at most C of them.

        Returns:
            A prediction a picture, in their order.

        Raises:
            UserError: for what is no picture, naming every file that can't be read.
        """
        found: list[Prediction] = []
        for names, images in self._chunks(pictures):
            best = top_classes(self.logits_of(images).softmax(dim=1), top)
            found += [
                Prediction(name, *self._named(classes, probabilities))
                for name, classes, probabilities in zip(names, *best, strict=True)
            ]
        return found

    def _named(
        self, classes: np.ndarray, probabilities: np.ndarray
    ) -> tuple[str, float, tuple[tuple[str, float], ...]]:
        pairs = zip(classes, probabilities, strict=True)
        top = tuple((self.class_names[c], float(p)) for c, p in pairs)
        return *top[0], top

    def logits(self, pictures: Any) -> Tensor:
        """Calibrated logits float32 [N, C] on the host: their softmax are the probabilities.

        Args:
            pictures: see `predict`.
        """
        found = [self.logits_of(images) for _, images in self._chunks(pictures)]
        return torch.cat(found) if found else torch.empty(0, len(self.class_names))

    def probabilities(self, pictures: Any) -> Tensor:
        """Of every class, float32 [N, C] on the host; pictures as in `predict`."""
        return self.logits(pictures).softmax(dim=1)

    @torch.inference_mode()
    def logits_of(self, images: np.ndarray) -> Tensor:
        """Calibrated logits float32 [N, C] of images uint8 [N, 3, S, S] of the network's size."""
        batches = torch.from_numpy(images).split(self.batch_size)
        return torch.cat([self.net(batch.to(self.device)).cpu() for batch in batches])

    def _chunks(self, pictures: Any) -> Iterator[tuple[list[str | None], np.ndarray]]:
        """Names and images uint8 [n, 3, S, S], so many at a time that memory stays flat."""
        items = pictures if isinstance(pictures, list | tuple) else [pictures]
        unreadable: list[tuple[str, str]] = []
        for are_paths, group in groupby(items, lambda item: isinstance(item, str | os.PathLike)):
            if are_paths:
                files = find_pictures(os.fspath(path) for path in group)
                threads = allowed_cores() if len(files) > self.batch_size else 1
                for chunk in read_chunks(files, self.preprocessing, self.batch_size, threads):
                    unreadable += chunk.unreadable
                    if chunk.names:
                        yield list(chunk.names), chunk.images
            else:
                opened = [self._pixels(image) for item in group for image in _opened(item)]
                if opened:
                    yield [None] * len(opened), np.stack(opened)
        if unreadable:
            told = ", ".join(f"{name} ({why})" for name, why in unreadable)
            raise UserError(f"{len(unreadable)} pictures can't be read: {told}")

    def _pixels(self, image: Image.Image) -> np.ndarray:
        try:
            return self.preprocessing.apply(image)
        except UnreadablePicture as e:
            raise UserError(f"a picture can't be used: {e}") from e


def _opened(pixels: Any) -> list[Image.Image]:
    """The pictures of a PIL image or an array."""
    if isinstance(pixels, Image.Image):
        return [pixels]
    kind = type(pixels).__name__
    if isinstance(pixels, np.ndarray):
        if pixels.dtype == np.uint8 and pixels.ndim in (3, 4) and pixels.shape[-1] == 3:
            stack = pixels if pixels.ndim == 4 else pixels[None]
            return [Image.fromarray(image) for image in stack]
        kind = f"an array {pixels.dtype} {list(pixels.shape)}"
    raise UserError(
        f"{kind} is no picture: give paths, PIL images, or arrays uint8 [H, W, 3] or [N, H, W, 3], "
        "RGB of 0 to 255"
    )


def top_classes(probabilities: Tensor, top: int) -> tuple[np.ndarray, np.ndarray]:
    """The most probable classes int64 [N, K] and their probabilities [N, K], K at most C."""
    found = probabilities.topk(min(top, probabilities.shape[1]), dim=1)
    return found.indices.numpy(), found.values.numpy()


def load(
    run: str | Path | Sequence[str | Path],
    device: torch.device | str | None = None,
    prior: str | None = None,
) -> Classifier:
    """A trained classifier, see `ltlight.load`."""
    runs = [run] if isinstance(run, str | os.PathLike) else list(run)
    if not runs:
        raise UserError("there is no run to load: name a run folder")
    folders = [find_run(Path(each).expanduser()) for each in runs]
    return Classifier(read_bundles(folders), chosen_device(device), prior)


def chosen_device(name: torch.device | str | None) -> torch.device:
    """The device of a name; None and ``auto``: the GPU where there is one.

    Raises:
        UserError: for a GPU that is not there.
    """
    if name is None or name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UserError(f"--device {name}, but there is no GPU here: take cpu")
    return device
