"""Every comparison of the methods of a data set and ratio: what is paired and corrected with what.

What decides is the mean recall over classes (balanced accuracy), which is the accuracy on a test
set with as many images of every class; macro-F1 stands beside it. Three families of paired
comparisons, each corrected for its size (`families`): every method, and what the baseline gets for
free from post-hoc logit adjustment, with the baseline; every method with the adjusted baseline; and
every method with the best. Each data set and ratio has families of its own: a sweep of three ratios
asks three questions, and each is answered with 5 % error.
"""

import numpy as np

from ltlight.report.results.group import Group, groups
from ltlight.report.results.sweep import BASELINE, F1, Member, Sweep
from ltlight.report.stats import bootstrap
from ltlight.report.stats.comparison import SCORES, Resampled
from ltlight.report.stats.difference import Difference, Family, SeedNoise, difference, seed_noise
from ltlight.report.stats.ranking import FREE, RANKED_BY, Entry, Ranking, Scored


def rank(sweep: Sweep, resampled: Resampled) -> list[Ranking]:
    """A ranking for every data set and ratio.

    Args:
        sweep: the runs.
        resampled: see `comparison.resample`.
    """
    return [_rank(g, resampled) for g in groups(sweep)]


def _rank(group: Group, resampled: Resampled) -> Ranking:
    methods = [
        _scored(method, place, members, resampled)
        for place, (method, members) in enumerate(group.methods.items())
    ]
    baseline = next((m for m in methods if m.method == BASELINE), None)
    free = None if baseline is None or group.is_balanced else _free(baseline)
    entries, free, noise = judge(methods, free)
    return Ranking(group, entries, free, noise)


def judge(
    methods: list[Scored], free: Scored | None
) -> tuple[list[Entry], Entry | None, SeedNoise | None]:
    """The rule of this module: every comparison of the methods of one data set and ratio.

    Args:
        methods: one or more, in the order of their ``place``.
        free: the adjusted baseline, if any.

    Returns:
        The entries, the best mean first; that of the adjusted baseline; the noise between seeds.
    """
    noise = {metric: seed_noise([m.scores[metric] for m in methods]) for metric in (RANKED_BY, F1)}
    baseline = next((m for m in methods if m.method == BASELINE), None)
    by_rank, number = noise[RANKED_BY], len(methods)
    beside_baseline = Family(number + (free is not None))
    ordered = sorted(methods, key=lambda m: (-m.mean(), m.method != BASELINE, m.method))
    entries = []
    for i, m in enumerate(ordered):
        first = _between(m, ordered[0], RANKED_BY, by_rank, Family(number, chosen=True))
        # The baseline beside its own adjustment is the gain of that one, below.
        other = free if m is not baseline else None
        over_free = _between(m, other, RANKED_BY, by_rank, Family(number))
        gains = _gains(m, baseline, noise, beside_baseline)
        behind = first if i else None
        entries.append(
            Entry(**vars(m), rank=i + 1, gains=gains, behind=behind, over_free=over_free)
        )
    gains = _gains(free, baseline, noise, beside_baseline) if free else {}
    return entries, Entry(**vars(free), gains=gains) if free else None, by_rank


def _scored(method: str, place: int, members: list[Member], resampled: Resampled) -> Scored:
    return Scored(
        method,
        members,
        place,
        {metric: {m.seed: m.metrics[metric] for m in members} for metric in SCORES},
        {
            metric: {m.seed: resampled[id(m)][name] for m in members}
            for metric, name in SCORES.items()
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
        baseline.place,
        {metric: {s: scores[s][name] for s in found} for metric, name in SCORES.items()},
        {m: dict(zip(found, drawn[name], strict=True)) for m, name in SCORES.items()},
    )


def _gains(
    scored: Scored, baseline: Scored | None, noise: dict[str, SeedNoise | None], family: Family
) -> dict[str, Difference]:
    """Metric to the difference to the baseline; empty for itself and where no seed is common."""
    if scored is baseline:
        return {}
    found = {metric: _between(scored, baseline, metric, noise[metric], family) for metric in noise}
    return {metric: gain for metric, gain in found.items() if gain is not None}


def _between(
    scored: Scored, other: Scored | None, metric: str, noise: SeedNoise | None, family: Family
) -> Difference | None:
    """One method minus another on their common seeds; None where they have none."""
    if other is None:
        return None
    ours, theirs = scored.scores[metric], other.scores[metric]
    seeds = sorted(ours.keys() & theirs.keys())
    if not seeds:
        return None
    gains = np.array([ours[s] - theirs[s] for s in seeds])
    drawn = [scored.resampled[metric][s] - other.resampled[metric][s] for s in seeds]
    return difference(gains, np.array(drawn), noise, (scored.place, other.place), family)
