"""How right the probabilities of a method are: by their size, and class by class."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ltlight.metrics.calibration import BINS, bins_of, log_probabilities
from ltlight.report.results.member import Member


@dataclass(frozen=True)
class Reliability:
    """Of a method's runs, every seed's test images together; bins as in `calibration`.

    Attributes:
        images: in each bin, int [15].
        confidence: mean probability of the predicted class, float [15]; nan of an empty bin.
        accuracy: share of the bin's images that are recognised, float [15].
        expected: mean probability of every class over all test images, float [C].
        frequency: share of every class among the test images, float [C].
    """

    images: np.ndarray = field(repr=False)
    confidence: np.ndarray = field(repr=False)
    accuracy: np.ndarray = field(repr=False)
    expected: np.ndarray = field(repr=False)
    frequency: np.ndarray = field(repr=False)

    @property
    def overconfidence(self) -> float:
        """Mean confidence minus accuracy, in [-1, 1]."""
        surplus = self.images * (self.confidence - self.accuracy)
        return float(np.nansum(surplus) / self.images.sum())


def temperatures(members: Sequence[Member]) -> list[float] | None:
    """Those of all runs, folds each their own; None where one has none."""
    found = [run.metrics.get("temperature") for m in members for run in m.runs]
    known = [float(t) for t in found if t is not None]
    return known if len(known) == len(found) else None


def reliability(members: Sequence[Member], fitted: bool) -> Reliability | None:
    """The runs of a method, their logits read anew, one at a time.

    Args:
        members: of one data set, ratio and method.
        fitted: whether every run's logits are divided by its temperature; all must have one.

    Returns:
        None where a run has logits that are not finite: it knows no probabilities.
    """
    hits, sums, images = (np.zeros(BINS) for _ in range(3))
    expected, frequency = (np.zeros(len(members[0].predictions.class_counts)) for _ in range(2))
    for member in members:
        targets = member.predictions.targets
        logits = member.logits()
        if not np.isfinite(logits).all():
            return None
        probability = np.exp(log_probabilities(logits / _divisor(member, fitted)))
        confidence = probability.max(axis=1)
        bins = bins_of(confidence)
        images += np.bincount(bins, minlength=BINS)
        sums += np.bincount(bins, confidence, minlength=BINS)
        hits += np.bincount(bins, probability.argmax(axis=1) == targets, minlength=BINS)
        expected += probability.mean(axis=0) / len(members)
        shares = np.bincount(targets, minlength=probability.shape[1]) / len(targets)
        frequency += shares / len(members)
    filled = np.where(images > 0, images, np.nan)
    return Reliability(
        images.astype(np.int64),
        sums / filled,
        hits / filled,
        expected,
        frequency,
    )


def _divisor(member: Member, fitted: bool) -> np.ndarray:
    """What the logits of every image are divided by, float [N, 1]."""
    found = [float(run.metrics["temperature"]) if fitted else 1.0 for run in member.runs]
    images = [len(run.predictions.targets) for run in member.runs]
    return np.repeat(found, images)[:, None]
