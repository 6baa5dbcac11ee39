"""What a run predicted for the test images, plainly and with post-hoc logit adjustment."""

import zipfile
import zlib
from dataclasses import dataclass, field

import numpy as np

from ltlight.errors import UserError
from ltlight.metrics.scores import confusion_matrix, figures, free_tau, logit_adjustment, recalls
from ltlight.runs.run_folder import RunFolder

DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Predictions:
    """Labels of N test images under C classes; the logits are not kept (a sweep's would be big).

    Attributes:
        targets: int64 [N].
        labels: int64 [N], the largest logit.
        adjusted: int64 [N], the largest logit after `scores.logit_adjustment`; ``labels`` where the
            method corrects the prior itself (`scores.free_tau`).
        class_counts: int64 [C], training images.
        confusion: int64 [C, C], rows true, of ``labels``.
    """

    targets: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    adjusted: np.ndarray = field(repr=False)
    class_counts: np.ndarray = field(repr=False)
    confusion: np.ndarray = field(repr=False)

    @property
    def right(self) -> np.ndarray:
        """bool [N], whether an image is recognised."""
        return self.labels == self.targets

    @property
    def recalls(self) -> np.ndarray:
        """float [C] in [0, 1], nan for classes without test images."""
        return recalls(self.confusion)

    @property
    def adjusted_figures(self) -> dict[str, float]:
        """``accuracy``, ``f1_macro`` and ``balanced_accuracy`` with logit adjustment."""
        return figures(self.targets, self.adjusted, len(self.class_counts))


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
