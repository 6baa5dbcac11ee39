"""Two classes as a report sees them: margins of the test images, and who is called positive.

Logits are read anew, a run at a time; see `ltlight.metrics.binary` for what a margin is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from scipy.special import logit

from ltlight.metrics.binary import Threshold, fit_threshold, margins
from ltlight.metrics.binary_curves import threshold_of_specificity
from ltlight.report.results.member import Member

SPECIFICITIES = (0.9, 0.95)
LARGER = "the larger probability"
BALANCED = "held-out images:\nlargest balanced accuracy"
AT_SPECIFICITY = {f"held-out images:\nspecificity {100 * s:.0f} %": s for s in SPECIFICITIES}
RULES = (LARGER, BALANCED, *AT_SPECIFICITY)


@dataclass(frozen=True)
class Decision:
    """What a rule makes of the test images, as counts; a probability for its threshold, if any.

    Attributes:
        found: positive images that are called so (true positives).
        missed: positive images that are not (false negatives).
        alarms: others that are called positive (false positives).
        left: others that are not (true negatives).
        threshold: the calibrated probability from which on an image is called positive; None where
            there is none or, of folds, where each has its own.
    """

    found: int
    missed: int
    alarms: int
    left: int
    threshold: float | None = None

    @property
    def sensitivity(self) -> float:
        """In [0, 1]; nan without positive images."""
        return _share(self.found, self.missed)

    @property
    def specificity(self) -> float:
        """In [0, 1]; nan without others."""
        return _share(self.left, self.alarms)

    @property
    def precision(self) -> float:
        """Share of those called positive that are, in [0, 1]; nan where none is called so."""
        return _share(self.found, self.alarms)


@dataclass(frozen=True)
class TwoClassMember:
    """A member's test images, those of all folds one after the other.

    Attributes:
        is_positive: bool [N].
        margin: float [N], of the fold's own network.
        decisions: of those of `RULES` for which there is a threshold.
        fold: int [N], from 0; None where all are of one network.
    """

    is_positive: np.ndarray = field(repr=False)
    margin: np.ndarray = field(repr=False)
    decisions: dict[str, Decision] = field(default_factory=dict)
    fold: np.ndarray | None = field(default=None, repr=False)

    @property
    def has_curves(self) -> bool:
        """Whether a network has images of both kinds, and every margin is finite."""
        return bool(np.isfinite(self.margin).all() and self._with_both)

    def mean_of_folds(self, read: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
        """What is read off a curve, the mean over folds (Forman and Scholz 2010).

        Margins of several networks have no scale in common: one curve of all would be another.
        Folds without images of both kinds have none.

        Args:
            read: of ``is_positive`` and ``margin`` of a fold.
        """
        found = [read(self.is_positive[own], self.margin[own]) for own in self._with_both]
        mean: np.ndarray = np.mean(found, axis=0)
        return mean

    @property
    def _with_both(self) -> list[np.ndarray]:
        """Masks [N] of the folds that have images of both kinds."""
        fold = np.zeros(len(self.margin)) if self.fold is None else self.fold
        masks = [fold == number for number in np.unique(fold)]
        return [own for own in masks if len(np.unique(self.is_positive[own])) == 2]


def read_two_class(member: Member) -> TwoClassMember:
    """A member of data of two classes.

    Raises:
        UserError: for a file that is damaged or missing.
    """
    positive = member.metrics["class_names"].index(member.metrics["positive_class"])
    runs = [_read_run(run, positive) for run in member.runs]
    common = [rule for rule in RULES if all(rule in run.decisions for run in runs)]
    return TwoClassMember(
        is_positive=np.concatenate([run.is_positive for run in runs]),
        margin=np.concatenate([run.margin for run in runs]),
        decisions={rule: _total([run.decisions[rule] for run in runs]) for rule in common},
        fold=np.repeat(np.arange(len(runs)), [len(run.margin) for run in runs]),
    )


def _read_run(run: Member, positive: int) -> TwoClassMember:
    arrays = run.folder.predictions()
    is_positive = arrays["targets"] == positive
    margin = margins(arrays["logits"], positive)
    decisions = {LARGER: _decision(is_positive, run.predictions.labels == positive)}
    for rule, threshold in _thresholds(run, arrays, positive).items():
        called = margin >= threshold.margin
        decisions[rule] = _decision(is_positive, called, threshold.probability)
    return TwoClassMember(is_positive, margin, decisions)


def _thresholds(run: Member, arrays: dict[str, np.ndarray], positive: int) -> dict[str, Threshold]:
    """Those that the held-out images give; of an older run the one that it has recorded."""
    targets, logits = arrays.get("held_out_targets"), arrays.get("held_out_logits")
    if targets is None or logits is None:
        recorded = _recorded(run, positive)
        return {} if recorded is None else {BALANCED: recorded}
    fits: dict[str, Callable[..., Threshold | None]] = {BALANCED: fit_threshold}
    for rule, specificity in AT_SPECIFICITY.items():
        fits[rule] = partial(threshold_of_specificity, specificity=specificity)
    found = {rule: fit(logits, targets, positive) for rule, fit in fits.items()}
    return {rule: threshold for rule, threshold in found.items() if threshold is not None}


def _recorded(run: Member, positive: int) -> Threshold | None:
    probability, temperature = run.metrics.get("threshold"), run.metrics.get("temperature")
    of_it = run.metrics["class_names"].index(run.metrics["positive_class"]) == positive
    if probability is None or temperature is None or not of_it:
        return None
    return Threshold(float(temperature * logit(probability)), temperature)


def _decision(
    is_positive: np.ndarray, called: np.ndarray, threshold: float | None = None
) -> Decision:
    return Decision(
        found=int((is_positive & called).sum()),
        missed=int((is_positive & ~called).sum()),
        alarms=int((~is_positive & called).sum()),
        left=int((~is_positive & ~called).sum()),
        threshold=threshold,
    )


def _total(several: Sequence[Decision]) -> Decision:
    return Decision(
        found=sum(d.found for d in several),
        missed=sum(d.missed for d in several),
        alarms=sum(d.alarms for d in several),
        left=sum(d.left for d in several),
        threshold=several[0].threshold if len(several) == 1 else None,
    )


def _share(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else float("nan")
