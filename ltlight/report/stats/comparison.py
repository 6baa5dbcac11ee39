"""Methods beside their baseline, paired by seed, with intervals and McNemar's test."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from ltlight.report.results.sweep import BASELINE, HEADLINES, Member, Sweep
from ltlight.report.stats import bootstrap

Interval = tuple[float, float]
Resampled = dict[int, dict[str, np.ndarray]]  # id of a member to score to its values [B]
# Metric of a run to the score that is resampled.
BOOTSTRAPPED = {name: name.removeprefix("test/") for name in HEADLINES}


@dataclass(frozen=True)
class Comparison:
    """A method beside the baseline of the same data, ratio and seeds.

    Attributes:
        before, after: the members of the common seeds, in their order; ``before`` is empty where
            there is no baseline (``after`` then holds the method's own seeds) and for the baseline
            itself.
        image_intervals: metric to the 95 % interval of the mean gain over test images.
        mcnemar: exact p, or None without a baseline.
    """

    data: str
    ratio: float
    method: str
    before: list[Member] = field(repr=False)
    after: list[Member] = field(repr=False)
    image_intervals: dict[str, Interval] = field(default_factory=dict)
    mcnemar: float | None = None

    @property
    def imbalance(self) -> str:
        """The ratio as printed."""
        return self.after[0].imbalance

    @property
    def seeds(self) -> list[int]:
        """Those that the values are of."""
        return [member.seed for member in self.after]

    def values(self, metric: str, of: str = "after") -> np.ndarray:
        """A metric of every seed, float [S]."""
        return np.array([member.metrics[metric] for member in getattr(self, of)], dtype=float)

    def gain(self, metric: str) -> np.ndarray:
        """After minus before, a value a seed [S]; empty where there is no baseline."""
        if not self.before:
            return np.zeros(0)
        return self.values(metric) - self.values(metric, "before")

    def is_noise(self, metric: str) -> bool | None:
        """Whether 0 lies in the interval over test images or over seeds; None if not tested."""
        if metric not in self.image_intervals:
            return None
        intervals = [self.image_intervals[metric], bootstrap.seed_interval(self.gain(metric))]
        return any(i is not None and i[0] <= 0 <= i[1] for i in intervals)


def compare(sweep: Sweep, resampled: Resampled | None = None) -> list[Comparison]:
    """Every method beside its baseline; a baseline that stands alone by itself.

    ``resampled`` is what `resample` found, if that was asked before.
    """
    resampled = resample(sweep) if resampled is None else resampled
    groups: dict[tuple[str, float], dict[str, dict[int, Member]]] = defaultdict(dict)
    for member in sweep.finished:
        methods = groups[member.data, member.ratio]
        methods.setdefault(member.method, {})[member.seed] = member
    comparisons = []
    for (data, ratio), methods in groups.items():
        baseline = methods.get(BASELINE, {})
        others = {name: runs for name, runs in methods.items() if name != BASELINE}
        for method, runs in others.items() or [(BASELINE, baseline)]:
            common = sorted(runs.keys() & baseline.keys()) if method != BASELINE else []
            before = [baseline[seed] for seed in common]
            after = [runs[seed] for seed in common or sorted(runs)]
            tested = _tested(before, after, resampled) if before else ({}, None)
            comparisons.append(Comparison(data, ratio, method, before, after, *tested))
    return comparisons


def resample(sweep: Sweep) -> Resampled:
    """Scores [B] of every member, by its id, on the same resamples of its data's test images.

    Of images that come in groups, groups are drawn.
    """
    by_data: dict[str, list[Member]] = defaultdict(list)
    for member in sweep.finished:
        by_data[member.data].append(member)
    resampled = {}
    for members in by_data.values():
        predictions = [member.predictions for member in members]
        values = bootstrap.bootstrap(
            predictions[0].targets,
            [p.labels for p in predictions],
            len(predictions[0].class_counts),
            groups=predictions[0].groups,
        )
        for row, member in enumerate(members):
            resampled[id(member)] = {name: array[row] for name, array in values.items()}
    return resampled


def _tested(
    before: list[Member], after: list[Member], resampled: Resampled
) -> tuple[dict[str, Interval], float]:
    """The interval of every resampled metric's gain over the images, and McNemar's p."""
    intervals = {}
    for metric, name in BOOTSTRAPPED.items():
        gains = [
            resampled[id(new)][name] - resampled[id(old)][name]
            for old, new in zip(before, after, strict=True)
        ]
        intervals[metric] = bootstrap.percentile_interval(np.mean(gains, axis=0))
    correct = [np.array([m.predictions.correct for m in members]) for members in (before, after)]
    return intervals, bootstrap.mcnemar(*correct)


def mean_gain(comparisons: list[Comparison], metric: str) -> float:
    """The mean over comparisons, one a ratio, of the mean gain over seeds."""
    return float(np.mean([c.gain(metric).mean() for c in comparisons]))


def best(comparisons: list[Comparison], metric: str) -> dict[tuple[str, float], float]:
    """(data, ratio) to the largest mean of a metric, over the methods and their baselines."""
    top: dict[tuple[str, float], float] = {}
    for c in comparisons:
        values = [c.values(metric, of).mean() for of in ("before", "after") if getattr(c, of)]
        top[c.data, c.ratio] = max([*values, top.get((c.data, c.ratio), -np.inf)])
    return top
