"""A finished run as it is used: network, names, preprocessing, prior, temperature.

All of it from the run folder (`config.yaml`, `model.ckpt`, `metrics.json`); nothing of the training
configuration has to be repeated, and the images that it was trained on aren't needed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from ltlight.config.pretrained import is_frozen
from ltlight.config.schema import Config
from ltlight.data.sources.picture import Preprocessing
from ltlight.deploy.held_out import fitted_to_held_out
from ltlight.deploy.network import Averaged, Calibrated
from ltlight.deploy.priors import known_prior, target_prior
from ltlight.errors import UserError
from ltlight.models.backbones import Backbone
from ltlight.models.checkpoint import load_weights
from ltlight.models.pretrained import Pretrained
from ltlight.runs.recorded import recorded_config
from ltlight.runs.run_folder import RunFolder
from ltlight.training.build_model import build_net, build_predictor
from ltlight.training.features import backbone_of
from ltlight.training.predictor import Predictor


@dataclass(frozen=True)
class Bundle:
    """What a run leaves to be used.

    Attributes:
        folder: where it is.
        config: what it was computed with.
        net: with the weights that were tested, in evaluation mode.
        predictor: how it was asked at test.
        class_names: C names.
        class_counts: int64 [C], training images.
        temperature: fitted on the run's held-out images; None: there were none, and it counts as 1.
    """

    folder: RunFolder
    config: Config
    net: Any
    predictor: Predictor
    class_names: tuple[str, ...]
    class_counts: np.ndarray
    temperature: float | None

    @property
    def preprocessing(self) -> Preprocessing:
        """How a file becomes what the network sees."""
        return Preprocessing.of(self.config.data)

    @property
    def input_rule(self) -> dict[str, Any]:
        """What the pictures of `preprocessing` look like: its parts but for what is refused."""
        rule = self.preprocessing
        return {
            "image_size": rule.image_size,
            "resize": rule.resize,
            "background": rule.background,
        }

    @cached_property
    def fitted_prior(self) -> np.ndarray:
        """The class frequencies under which its probabilities are right, float64 [C].

        Raises:
            UserError: where no formula knows it and no held-out images are there to fit it on; or
                for classes without training images.
        """
        return self._fitted[0]

    def temperature_under(self, prior: str | None) -> float:
        """The temperature of its logits where probabilities are moved to a prior, above 0.

        The run's own was fitted to its logits as they are, among held-out images that are as
        long-tailed as the training, or as balanced as their source; where the logits hold another
        prior than these images, it has made up for that, too. Moved, they hold the right one, and
        the temperature is fitted anew, on the same images.
        """
        if prior is None or self.temperature is None:
            return self.temperature or 1.0
        return self._fitted[1]

    @cached_property
    def _fitted(self) -> tuple[np.ndarray, float]:
        """Prior and temperature; see `fitted_to_held_out`."""
        known = known_prior(self.config, self.class_counts.tolist())
        arrays = self.folder.predictions() if known is None or self.temperature else {}
        targets = arrays.get("held_out_targets")
        if targets is not None and len(targets):
            logits, fixed = arrays["held_out_logits"], None if self.temperature else 1.0
            fitted, temperature = fitted_to_held_out(
                logits, targets, self.class_counts, known, fixed
            )
        elif known is not None:
            fitted, temperature = known, self.temperature or 1.0
        else:
            raise UserError(self._unknown_prior())
        absent = [name for name, p in zip(self.class_names, fitted, strict=True) if p == 0]
        if absent:
            raise UserError(
                f"--prior: {self.folder.path} had no training images of class {', '.join(absent)}, "
                "whose probability can't be told under any: leave out --prior"
            )
        return fitted, temperature

    def _unknown_prior(self) -> str:
        return (
            f"--prior: which class frequencies method={self.config.method.name} teaches is no "
            f"formula, and {self.folder.path} held out no images to fit it on: train it again with "
            "data.val_fraction=0.1 and another name=…, or leave out --prior"
        )

    def calibrated(self, prior: str | None) -> Calibrated:
        """The network from pixels to logits.

        Args:
            prior: see `priors.target_prior`; None: probabilities as they were taught.

        Raises:
            UserError: for a prior that can't be had.
        """
        shift = np.zeros(len(self.class_names))
        if prior is not None:
            target = target_prior(prior, self.class_names, self.class_counts.tolist())
            shift = np.log(target) - np.log(self.fitted_prior)
        tensor = torch.from_numpy(shift).float()
        return Calibrated(self.net, self.predictor, self.temperature_under(prior), tensor)

    @cached_property
    def digest(self) -> str:
        """Of the weights: what two copies of a run have in common, and no two runs."""
        with self.folder.model_checkpoint.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def read_bundle(folder: RunFolder) -> Bundle:
    """A finished run, ready to be used on the CPU.

    Raises:
        UserError: for a folder that lacks a file, or one that is damaged.
    """
    metrics, config = folder.metrics(), recorded_config(folder)
    names, counts = metrics.get("class_names"), metrics.get("class_counts")
    if not names or not counts or len(names) != len(counts):
        raise UserError(f"{folder.path}/metrics.json doesn't know its classes: run it anew")
    if not folder.model_checkpoint.is_file():
        raise UserError(f"{folder.path} has no model.ckpt: the weights of its run are gone")
    net = build_net(config, len(names))
    load_weights(net, folder.model_checkpoint)
    net.requires_grad_(False)
    if is_frozen(config):
        net = Pretrained(_same_backbone(config, metrics, folder), net)
    temperature = metrics.get("temperature")
    return Bundle(
        folder,
        config,
        net.eval(),
        build_predictor(config, counts),
        tuple(str(name) for name in names),
        np.asarray(counts),
        None if temperature is None else float(temperature),
    )


def _same_backbone(config: Config, metrics: dict[str, Any], folder: RunFolder) -> Backbone:
    """The backbone that the run's features are of.

    Raises:
        UserError: where its weights can't be had, or are others now.
    """
    backbone = backbone_of(config)
    if backbone.digest() != metrics.get("backbone_digest"):
        raise UserError(
            f"model.weights={config.model.weights} are others than those that {folder.path} was "
            f"trained on ({config.model.backbone}, digest {metrics.get('backbone_digest')}): put "
            "that file back"
        )
    return backbone


def read_bundles(folders: Sequence[RunFolder]) -> list[Bundle]:
    """Several runs, to be averaged.

    Raises:
        UserError: see `read_bundle`; or for runs of other classes or images than the first's.
    """
    bundles = [read_bundle(folder) for folder in folders]
    first = bundles[0]
    for other in bundles[1:]:
        for what, ours, theirs in (
            ("classes", first.class_names, other.class_names),
            ("images", first.input_rule, other.input_rule),
        ):
            if ours != theirs:
                raise UserError(
                    f"{first.folder.path} and {other.folder.path} can't be averaged: their {what} "
                    f"differ ({_told(ours)}; {_told(theirs)})"
                )
    return bundles


def averaged(bundles: Sequence[Bundle], prior: str | None) -> Averaged:
    """The network of one or more runs, see `Bundle.calibrated`."""
    return Averaged([bundle.calibrated(prior) for bundle in bundles]).eval()


def _told(value: tuple[str, ...] | dict[str, Any]) -> str:
    if isinstance(value, tuple):
        return f"{len(value)}: {', '.join(map(str, value[:5]))}{'…' if len(value) > 5 else ''}"
    return ", ".join(f"{key} {part}" for key, part in value.items())


def default_batch_size(bundles: Sequence[Bundle]) -> int:
    """Images at once: as many as the runs were tested with."""
    return min(bundle.config.data.eval_batch_size for bundle in bundles)
