"""The predictions of a run on the test images, plain and with post-hoc logit adjustment."""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ltlight.config.conflicts import PRIOR_LOSSES
from ltlight.errors import UserError
from ltlight.metrics.scores import confusion_matrix, logit_adjustment, recalls, scores
from ltlight.runs.run_folder import RunFolder

DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Predictions:
    """Labels of N test images under C classes; the logits are not kept (a sweep's would be big).

    Attributes:
        targets: int64 [N].
        labels: int64 [N], the largest logit.
        adjusted: int64 [N], the largest logit after `logit_adjustment` of strength `free_tau`:
            ``labels`` where the method corrects the prior itself.
        class_counts: int64 [C], training images.
        confusion: int64 [C, C], rows true, of ``labels``.
    """

    targets: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    adjusted: np.ndarray = field(repr=False)
    class_counts: np.ndarray = field(repr=False)
    confusion: np.ndarray = field(repr=False)

    @property
    def correct(self) -> np.ndarray:
        """Whether an image is recognised, bool [N]."""
        return self.labels == self.targets

    @property
    def recalls(self) -> np.ndarray:
        """Recall of every class, float [C] in [0, 1]; nan for one without test images."""
        return recalls(self.confusion)

    @property
    def adjusted_scores(self) -> dict[str, float]:
        """Every score of ``adjusted``, see `ltlight.metrics.scores.scores`."""
        confusion = confusion_matrix(self.targets, self.adjusted, len(self.class_counts))
        return scores(confusion, self.class_counts)


def free_tau(method: Mapping[str, Any]) -> float:
    """Strength of the logit adjustment that a run is shown with beside its own scores.

    1, or 0 where the logits make up for the prior already: adjusted at test by the method itself,
    or trained with the prior in the loss.

    Args:
        method: that part of the run's configuration; keys an older version didn't have may lack.
    """
    corrected = method.get("posthoc_tau", 0) > 0 or method.get("loss") in PRIOR_LOSSES
    return 0.0 if corrected else 1.0


def read_predictions(run: RunFolder) -> Predictions:
    """The predictions of a finished run.

    Raises:
        UserError: for a file that is damaged or missing.
    """
    try:
        arrays = run.predictions()
        targets, logits = arrays["targets"], arrays["logits"]
        class_counts = arrays["class_counts"]
        if logits.shape != (len(targets), len(class_counts)) or not len(targets):
            raise ValueError(f"logits {logits.shape} for {len(targets)} test images")
    except DAMAGE as e:
        raise UserError(
            f"{run.path / 'predictions.npz'} can't be read ({e}): run that member anew with "
            "overwrite=true"
        ) from e
    labels, tau = logits.argmax(axis=1), free_tau(run.config()["method"])
    return Predictions(
        targets=targets,
        labels=labels,
        adjusted=logit_adjustment(logits, class_counts, tau).argmax(axis=1),
        class_counts=class_counts,
        confusion=confusion_matrix(targets, labels, len(class_counts)),
    )
