"""All methods of a data set and ratio in one order, and which of them noise can't tell apart.

Ranked by the mean recall over classes, which is the accuracy on a test set with as many images of
every class. Three families of paired comparisons, each corrected for its number by Holm's method:
every method with the first, with the baseline, and with the baseline that post-hoc logit adjustment
corrects for free.
"""

from dataclasses import dataclass, field

import numpy as np

from ltlight.report.results.group import Group, groups
from ltlight.report.results.sweep import BALANCED, BASELINE, F1, Member, Sweep
from ltlight.report.stats import bootstrap
from ltlight.report.stats.comparison import BOOTSTRAPPED, Resampled
from ltlight.report.stats.difference import Difference, SeedNoise, difference, holm, seed_noise

MANY = 5  # methods from which on a sweep is ranked
RANKED_BY = BALANCED
LEVEL = 1 - bootstrap.LEVEL  # of the corrected p values
FREE = "baseline, adjusted"  # how the baseline with logit adjustment is called


@dataclass(frozen=True)
class Scored:
    """What was measured of a method.

    Attributes:
        scores: metric to seed to value.
        resampled: metric to seed to the values on resamples of the test images, [B].
    """

    method: str
    members: list[Member] = field(repr=False)
    scores: dict[str, dict[int, float]] = field(repr=False)
    resampled: dict[str, dict[int, np.ndarray]] = field(repr=False)

    def mean(self, metric: str = RANKED_BY) -> float:
        """Over the method's own seeds."""
        return float(np.mean(list(self.scores[metric].values())))

    @property
    def seconds(self) -> float | None:
        """Of training, the mean over seeds; None where a run has none."""
        found = [m.metrics.get("seconds/train") for m in self.members]
        times = [t for t in found if t is not None]
        return float(np.mean(times)) if len(times) == len(found) else None


@dataclass(frozen=True)
class Entry(Scored):
    """A method in a ranking.

    Attributes:
        rank: 1 is the best mean of `RANKED_BY`; 0 for the adjusted baseline.
        gains: metric to the difference to the baseline; empty without one.
        behind: the difference to the first, at most 0 where both have the same seeds.
        over_free: the difference to the adjusted baseline.
        p_gain, p_behind, p_free: of these by `RANKED_BY`, corrected; None where not compared.
    """

    rank: int = 0
    gains: dict[str, Difference] = field(default_factory=dict)
    behind: Difference | None = None
    over_free: Difference | None = None
    p_gain: float | None = None
    p_behind: float | None = None
    p_free: float | None = None

    @property
    def is_near(self) -> bool:
        """Whether it is the first, or within noise of it."""
        return self.rank == 1 or (self.p_behind is not None and self.p_behind > LEVEL)

    @property
    def beats_free(self) -> bool:
        """Whether it is above the adjusted baseline beyond noise."""
        if self.over_free is None or self.p_free is None:
            return False
        return self.p_free <= LEVEL and self.over_free.mean > 0

    @property
    def loses(self) -> bool:
        """Whether it is below the baseline beyond noise."""
        return self.p_gain is not None and self.p_gain <= LEVEL and self.gains[RANKED_BY].mean < 0


@dataclass(frozen=True)
class Ranking:
    """The methods of one data set and ratio, the best first.

    Attributes:
        free: the baseline with post-hoc logit adjustment; None without a baseline.
        noise: between seeds, of `RANKED_BY`; None where no method has two seeds.
    """

    group: Group
    entries: list[Entry]
    free: Entry | None
    noise: SeedNoise | None

    @property
    def first(self) -> Entry:
        """The best mean."""
        return self.entries[0]

    @property
    def near(self) -> list[Entry]:
        """The first and all within noise of it."""
        return [e for e in self.entries if e.is_near]

    def entry(self, method: str) -> Entry | None:
        """The entry of a method, or None."""
        return next((e for e in self.entries if e.method == method), None)

    @property
    def has_balanced_test(self) -> bool:
        """Whether tested classes have as many images each: accuracy is the mean recall then."""
        images = np.bincount(self.group.first.predictions.targets)
        return bool(np.ptp(images[images > 0]) == 0)

    @property
    def label(self) -> str:
        """What `RANKED_BY` is called here."""
        return "accuracy %" if self.has_balanced_test else "balanced accuracy %"


def rank(sweep: Sweep, resampled: Resampled) -> list[Ranking]:
    """A ranking for every data set and ratio with at least `MANY` methods.

    Args:
        sweep: the runs.
        resampled: see `comparison.resample`.
    """
    return [_rank(g, resampled) for g in groups(sweep) if len(g.methods) >= MANY]


def _rank(group: Group, resampled: Resampled) -> Ranking:
    methods = [_scored(method, members, resampled) for method, members in group.methods.items()]
    methods.sort(key=lambda m: (-m.mean(), m.method != BASELINE, m.method))
    noise = {metric: seed_noise([m.scores[metric] for m in methods]) for metric in (RANKED_BY, F1)}
    baseline = next((m for m in methods if m.method == BASELINE), None)
    free = _free(baseline) if baseline else None

    by_rank = noise[RANKED_BY]
    gains = [_gains(m, baseline, noise) for m in methods]
    over_free = [_between(m, free, RANKED_BY, by_rank) if free else None for m in methods]
    behind = [None, *(_between(m, methods[0], RANKED_BY, by_rank) for m in methods[1:])]
    p_gain = _corrected([gain.get(RANKED_BY) for gain in gains])
    p_free, p_behind = _corrected(over_free), _corrected(behind)
    entries = [
        Entry(
            **vars(m),
            rank=i + 1,
            gains=gains[i],
            behind=behind[i],
            over_free=over_free[i],
            p_gain=p_gain[i],
            p_behind=p_behind[i],
            p_free=p_free[i],
        )
        for i, m in enumerate(methods)
    ]
    adjusted = Entry(**vars(free), gains=_gains(free, baseline, noise)) if free else None
    return Ranking(group, entries, adjusted, by_rank)


def _scored(method: str, members: list[Member], resampled: Resampled) -> Scored:
    return Scored(
        method,
        members,
        {metric: {m.seed: m.metrics[metric] for m in members} for metric in BOOTSTRAPPED},
        {
            metric: {m.seed: resampled[id(m)][name] for m in members}
            for metric, name in BOOTSTRAPPED.items()
        },
    )


def _free(baseline: Scored) -> Scored:
    """The baseline with post-hoc logit adjustment, on the very same resamples."""
    found = {m.seed: m.predictions for m in baseline.members}
    first = next(iter(found.values()))
    runs = [p.adjusted for p in found.values()]
    drawn = bootstrap.bootstrap(first.targets, runs, len(first.class_counts), groups=first.groups)
    scores = {seed: p.adjusted_scores for seed, p in found.items()}
    return Scored(
        FREE,
        baseline.members,
        {metric: {s: scores[s][name] for s in found} for metric, name in BOOTSTRAPPED.items()},
        {m: dict(zip(found, drawn[name], strict=True)) for m, name in BOOTSTRAPPED.items()},
    )


def _gains(
    scored: Scored, baseline: Scored | None, noise: dict[str, SeedNoise | None]
) -> dict[str, Difference]:
    """Metric to the difference to the baseline; empty for itself and where no seed is common."""
    if baseline is None or scored is baseline:
        return {}
    found = {metric: _between(scored, baseline, metric, noise[metric]) for metric in noise}
    return {metric: gain for metric, gain in found.items() if gain is not None}


def _between(
    scored: Scored, other: Scored, metric: str, noise: SeedNoise | None
) -> Difference | None:
    """One method minus another on their common seeds; None where they have none."""
    ours, theirs = scored.scores[metric], other.scores[metric]
    seeds = sorted(ours.keys() & theirs.keys())
    if not seeds:
        return None
    gains = np.array([ours[s] - theirs[s] for s in seeds])
    drawn = [scored.resampled[metric][s] - other.resampled[metric][s] for s in seeds]
    return difference(gains, np.array(drawn), noise)


def _corrected(family: list[Difference | None]) -> list[float | None]:
    """The p values of one family of comparisons, corrected for the number of those there are."""
    corrected = iter(holm([d.p for d in family if d is not None]))
    return [None if d is None else next(corrected) for d in family]
