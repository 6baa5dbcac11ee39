"""All methods of a data set and ratio in one order, and which of them noise can't tell apart.

Ranked by the mean recall over classes, which is the accuracy on a test set with as many images of
every class. Three families of paired comparisons, each corrected for its number by Holm's method:
every method with the first, with the baseline, and with the baseline that post-hoc logit adjustment
corrects for free.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

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

Values = dict[str, dict[int, np.ndarray]]  # figure to seed to its value, or to its resamples [B]


@dataclass(frozen=True)
class Entry:
    """A method in a ranking.

    Attributes:
        rank: 1 is the best mean of `RANKED_BY`.
        figures: figure name to seed to value.
        resampled: the same on resamples of the test images, [B].
        gains: figure name to the difference to the baseline; empty without one.
        behind: the difference to the first, at most 0 where both have the same seeds.
        over_free: the difference to the adjusted baseline.
        p_gain, p_behind, p_free: of these by `RANKED_BY`, corrected; None where not compared.
    """

    method: str
    members: list[Member] = field(repr=False)
    figures: Values = field(repr=False)
    resampled: Values = field(repr=False)
    rank: int = 0
    gains: dict[str, Difference] = field(default_factory=dict)
    behind: Difference | None = None
    over_free: Difference | None = None
    p_gain: float | None = None
    p_behind: float | None = None
    p_free: float | None = None

    def mean(self, figure: str = RANKED_BY) -> float:
        """Over the method's own seeds."""
        return float(np.mean(list(self.figures[figure].values())))

    @property
    def seconds(self) -> float | None:
        """Of training, the mean over seeds; None where a run has none."""
        times = [m.metrics.get("seconds/train") for m in self.members]
        return None if None in times else float(np.mean(times))

    @property
    def is_near(self) -> bool:
        """Whether it is the first, or within noise of it."""
        return self.rank == 1 or (self.p_behind is not None and self.p_behind > LEVEL)

    @property
    def beats_free(self) -> bool:
        """Whether it is above the adjusted baseline beyond noise."""
        return self.over_free is not None and self.p_free <= LEVEL and self.over_free.mean > 0

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
        """Whether every class has as many test images: accuracy is the mean recall then."""
        return bool(np.ptp(np.bincount(self.group.first.predictions.targets)) == 0)

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
    entries = [_entry(method, members, resampled) for method, members in group.methods.items()]
    entries.sort(key=lambda e: (-e.mean(), e.method != BASELINE, e.method))
    entries = [replace(e, rank=place) for place, e in enumerate(entries, start=1)]
    noise = {figure: seed_noise([e.figures[figure] for e in entries]) for figure in (RANKED_BY, F1)}
    baseline = next((e for e in entries if e.method == BASELINE), None)
    free = _free(baseline) if baseline else None

    def gains(e: Entry) -> dict[str, Difference]:
        found = {figure: _between(e, baseline, figure, noise[figure]) for figure in noise}
        return {} if e is baseline or None in found.values() else found

    if baseline:
        free = replace(free, gains=gains(free))
        entries = [replace(e, gains=gains(e)) for e in entries]
        entries = _corrected(entries, "p_gain", lambda e: e.gains.get(RANKED_BY))
        over = [_between(e, free, RANKED_BY, noise[RANKED_BY]) for e in entries]
        entries = [replace(e, over_free=o) for e, o in zip(entries, over, strict=True)]
        entries = _corrected(entries, "p_free", lambda e: e.over_free)
    behind = [_between(e, entries[0], RANKED_BY, noise[RANKED_BY]) for e in entries[1:]]
    entries[1:] = [replace(e, behind=b) for e, b in zip(entries[1:], behind, strict=True)]
    entries = _corrected(entries, "p_behind", lambda e: e.behind)
    return Ranking(group, entries, free, noise[RANKED_BY])


def _entry(method: str, members: list[Member], resampled: Resampled) -> Entry:
    values: Values = {f: {m.seed: m.metrics[f] for m in members} for f in BOOTSTRAPPED}
    drawn: Values = {
        f: {m.seed: resampled[id(m)][name] for m in members} for f, name in BOOTSTRAPPED.items()
    }
    return Entry(method, members, values, drawn)


def _free(baseline: Entry) -> Entry:
    """The baseline with post-hoc logit adjustment, on the very same resamples."""
    found = {m.seed: m.predictions for m in baseline.members}
    first = next(iter(found.values()))
    runs = [p.adjusted for p in found.values()]
    drawn = bootstrap.bootstrap(first.targets, runs, len(first.class_counts))
    figures = {seed: p.adjusted_scores for seed, p in found.items()}
    return Entry(
        FREE,
        baseline.members,
        {f: {s: figures[s][name] for s in found} for f, name in BOOTSTRAPPED.items()},
        {f: dict(zip(found, drawn[name], strict=True)) for f, name in BOOTSTRAPPED.items()},
    )


def _between(entry: Entry, other: Entry, figure: str, noise: SeedNoise | None) -> Difference | None:
    """An entry minus another on their common seeds; None where they have none."""
    seeds = sorted(entry.figures[figure].keys() & other.figures[figure].keys())
    if not seeds:
        return None
    gains, drawn = (
        np.array([getattr(entry, kind)[figure][s] - getattr(other, kind)[figure][s] for s in seeds])
        for kind in ("figures", "resampled")
    )
    return difference(gains, drawn, noise)


def _corrected(
    entries: list[Entry], name: str, compared: Callable[[Entry], Difference | None]
) -> list[Entry]:
    """With the p values of one family of comparisons, corrected for their number."""
    tested = [e for e in entries if compared(e) is not None]
    p = dict(zip([e.method for e in tested], holm([compared(e).p for e in tested]), strict=True))
    return [replace(e, **{name: p.get(e.method)}) for e in entries]
