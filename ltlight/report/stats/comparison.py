"""Methods beside their baseline, paired by seed; and every run's scores on resamples."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from ltlight.report.results.sweep import BASELINE, HEADLINES, Member, Sweep
from ltlight.report.stats import bootstrap

Resampled = dict[int, dict[str, np.ndarray]]  # id of a member to score to its values [B]
# Metric of a run to the score that is resampled.
SCORES = {name: name.removeprefix("test/") for name in HEADLINES}


@dataclass(frozen=True)
class Comparison:
    """A method beside the baseline of the same data, ratio and seeds.

    Attributes:
        before, after: the members of the common seeds, in their order; ``before`` is empty where
            there is no baseline (``after`` then holds the method's own seeds) and for the baseline
            itself.
    """

    data: str
    ratio: float
    method: str
    before: list[Member] = field(repr=False)
    after: list[Member] = field(repr=False)

    @property
    def imbalance(self) -> str:
        """The ratio as printed."""
        return self.after[0].imbalance

    @property
    def seeds(self) -> list[int]:
        """Those that the values are of."""
        return [member.seed for member in self.after]

    @property
    def mcnemar(self) -> float | None:
        """Exact p, of these trained networks, see `bootstrap.mcnemar`; None without a baseline."""
        if not self.before:
            return None
        both = (self.before, self.after)
        correct = [np.array([m.predictions.correct for m in members]) for members in both]
        return bootstrap.mcnemar(*correct)


def compare(sweep: Sweep) -> list[Comparison]:
    """Every method beside its baseline; a baseline that stands alone by itself."""
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
            comparisons.append(Comparison(data, ratio, method, before, after))
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
