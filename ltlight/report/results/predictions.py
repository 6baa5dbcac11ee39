"""The predictions of a run on the test images, plain and with post-hoc logit adjustment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ltlight.config.conflicts import PRIOR_LOSSES
from ltlight.metrics.binary import positive_class
from ltlight.metrics.of_logits import logit_scores
from ltlight.metrics.scores import confusion_matrix, logit_adjustment, recalls, scores
from ltlight.runs.run_folder import RunFolder


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
        of_logits: every score that needs the logits, see `recorded_scores`; empty where the run has
            recorded them itself.
        files: str [N], relative to the root of the images; None where they have none.
        groups: str [N], what images belong to (patients, videos); None where each stands alone.
    """

    targets: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    adjusted: np.ndarray = field(repr=False)
    class_counts: np.ndarray = field(repr=False)
    confusion: np.ndarray = field(repr=False)
    of_logits: dict[str, Any] = field(default_factory=dict, repr=False)
    files: np.ndarray | None = field(default=None, repr=False)
    groups: np.ndarray | None = field(default=None, repr=False)

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


def recorded_scores(
    logits: np.ndarray,
    targets: np.ndarray,
    class_counts: np.ndarray,
    class_names: Sequence[str],
    positive: str | None,
) -> dict[str, Any]:
    """What runs record of their logits, for those made before they did.

    Args:
        logits: float [N, C].
        targets: int64 [N].
        class_counts: int64 [C], training images.
        class_names: C names.
        positive: name of the positive of two classes, None for the rarer.

    Returns:
        `logit_scores` as ``test/…``, nan as None, and with two classes ``positive_class``.
    """
    chosen = positive_class(positive, class_names, class_counts)
    found: dict[str, Any] = {} if chosen is None else {"positive_class": class_names[chosen]}
    scored = logit_scores(logits, targets, chosen)
    return found | {f"test/{k}": None if np.isnan(v) else v for k, v in scored.items()}


def read_predictions(run: RunFolder, metrics: Mapping[str, Any] | None = None) -> Predictions:
    """The predictions of a finished run.

    Args:
        run: its folder.
        metrics: its `metrics.json`, to see which scores it lacks; None: `of_logits` stays empty.

    Raises:
        UserError: for a file that is damaged or missing.
    """
    arrays = run.predictions()
    targets, logits, class_counts = (arrays[k] for k in ("targets", "logits", "class_counts"))
    config = run.config()
    labels, tau = logits.argmax(axis=1), free_tau(config["method"])
    of_logits = {}
    if metrics is not None and "test/log_loss" not in metrics:
        names, positive = metrics["class_names"], config["data"].get("positive_class")
        of_logits = recorded_scores(logits, targets, class_counts, names, positive)
    return Predictions(
        targets=targets,
        labels=labels,
        adjusted=logit_adjustment(logits, class_counts, tau).argmax(axis=1),
        class_counts=class_counts,
        confusion=confusion_matrix(targets, labels, len(class_counts)),
        of_logits=of_logits,
        files=arrays.get("files"),
        groups=arrays.get("groups"),
    )


def together(several: list[Predictions]) -> Predictions:
    """Predictions on several test sets as those on all their images, one set after the other.

    Each is adjusted by its own prior; ``class_counts`` are their means, in whole images.
    """

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(p, name) for p in several])

    optional: dict[str, Any] = {
        name: joined(name) if all(getattr(p, name) is not None for p in several) else None
        for name in ("files", "groups")
    }
    return Predictions(
        targets=joined("targets"),
        labels=joined("labels"),
        adjusted=joined("adjusted"),
        class_counts=np.mean([p.class_counts for p in several], axis=0).round().astype(np.int64),
        confusion=np.sum([p.confusion for p in several], axis=0),
        **optional,
    )
