"""What follows from the verdict: what to take, at what price, and what would settle the rest."""

from collections.abc import Sequence

import numpy as np

from ltlight.report.results.head_and_tail import End, head, mean_recall, tail
from ltlight.report.stats.details import named
from ltlight.report.stats.difference import ENOUGH, UNDECIDED, Difference
from ltlight.report.stats.ranking import FREE, Entry, Ranking
from ltlight.report.stats.settle import MOST, images_leave_it_open, seeds_to_settle
from ltlight.report.stats.verdict import AS_GOOD, GAINS, OPEN, Choice, choose, joined, places, where

FREELY = "baseline with post-hoc logit adjustment**, which costs nothing"
ALSO_FREE = "logit_adjustment"  # the method that trains the baseline anew to adjust it
FEW = 3  # methods that are named as possibly as good


def advice(rankings: Sequence[Ranking]) -> list[str]:
    """What to take, its price, what is open and how to close it; ``**…**`` is bold."""
    choices = [choose(r) for r in rankings]
    several = len({r.group.data for r in rankings}) > 1
    return [*_take(choices, several), *_price(choices, several), *_open(choices, several)]


def _take(choices: list[Choice], several: bool) -> list[str]:
    said: dict[str, list[str]] = {}
    for c in choices:
        if c.method is not None:
            name = FREELY if c.method == FREE else f"{c.method}**"
            said.setdefault(name, []).append(where(c.ranking, several))
    takes = [
        f"Take **{name}{places(at) if len(at) < len(choices) else ''}." for name, at in said.items()
    ]
    return [" ".join([*takes, *_equals(choices, several), *_costs(choices)])] if takes else []


def _equals(choices: list[Choice], several: bool) -> list[str]:
    """Which others may be as good as what is taken, where those are few."""
    said: dict[str, list[str]] = {}
    for c in choices:
        others = [e for e in c.ranking.near if e is not c.entry]
        if c.kind == GAINS and 0 < len(others) <= FEW:
            said.setdefault(named(others), []).append(where(c.ranking, several))
    return [f"Not shown to be behind it{places(at)}: {names}." for names, at in said.items()]


def _costs(choices: list[Choice]) -> list[str]:
    """What training costs beside the baseline's, of the first method that is taken."""
    for c in choices:
        baseline = c.ranking.baseline
        if c.method in (None, FREE) or baseline is None or c.entry is baseline:
            continue
        ours, theirs = c.entry.cost, baseline.cost
        if ours.seconds and theirs.seconds:
            return [f"It trains {ours.seconds / theirs.seconds:.1f} times as long as the baseline."]
        if ours.steps and theirs.steps:
            times = ours.steps / theirs.steps
            same = "as many steps as" if times == 1 else f"{times:.1f} times the steps of"
            work = f", each {ours.work / theirs.work:g} times the work" * (ours.work != theirs.work)
            return [f"It trains {same} the baseline{work} (seconds were not measured alone)."]
    return []


def _price(choices: list[Choice], several: bool) -> list[str]:
    """Recall of the head and of the tail beside the baseline's, of what is taken or leads."""
    told: dict[tuple[str, ...], list[tuple[str, list[float]]]] = {}
    for c in choices:
        baseline = c.ranking.baseline
        if baseline is None or c.entry is baseline:
            continue
        counts = c.ranking.group.first.predictions.class_counts
        ends = head(counts), tail(counts)
        changes = [_change(c.entry, baseline, end) for end in ends]
        if np.isfinite(changes).all():
            key = (_called(c.entry), *(end.name for end in ends))
            told.setdefault(key, []).append((where(c.ranking, several), changes))
    return [
        f"Price of {name}: head ({of_head}) "
        f"{_listed([(place, change[0]) for place, change in found], ' points of recall')}; tail "
        f"({of_tail}) {_listed([(place, change[1]) for place, change in found])}."
        for (name, of_head, of_tail), found in told.items()
    ]


def _listed(changes: list[tuple[str, float]], unit: str = "") -> str:
    return joined(
        [
            f"{change:+.1f}{unit if i == 0 else ''}{place}"
            for i, (place, change) in enumerate(changes)
        ]
    )


def _called(entry: Entry) -> str:
    return "the free logit adjustment" if entry.method == FREE else entry.method


def _change(entry: Entry, baseline: Entry, end: End) -> float:
    """Points of recall, on common seeds, mean over seeds and the classes of one end."""
    seeds = {m.seed for m in entry.members} & {m.seed for m in baseline.members}
    ours, theirs = ([m for m in e.members if m.seed in seeds] for e in (entry, baseline))
    if not seeds:
        return float("nan")
    after = mean_recall(ours, end, adjusted=entry.method == FREE)
    return 100 * (after - mean_recall(theirs, end))


def _open(choices: list[Choice], several: bool) -> list[str]:
    """What is undecided about the choice, and how many seeds would settle it."""
    said: dict[str, dict[str, list[str]]] = {}
    for c in choices:
        question = _question(c)
        if question is not None:
            asked, difference = question
            at = said.setdefault(asked, {}).setdefault(_settled(difference, c.ranking), [])
            at.append(where(c.ranking, several))
    return [
        f"Undecided {asked}: {'; '.join(told + places(at) for told, at in found.items())}."
        for asked, found in said.items()
    ]


def _question(choice: Choice) -> tuple[str, Difference] | None:
    """The difference on which the choice hangs, if it is undecided."""
    ranking, entry = choice.ranking, choice.entry
    found: Difference | None
    if choice.kind == AS_GOOD:
        rival = next((e for e in ranking.remedies if e.method != ALSO_FREE), None)
        asked = f"whether {rival.method} beats the free logit adjustment" if rival else ""
        found = rival.over_free if rival else None
    elif choice.kind != OPEN:
        asked, found = f"whether {entry.method} beats the free logit adjustment", entry.over_free
    elif entry.gain is not None:
        asked, found = f"whether {_called(entry)} gains", entry.gain
    else:
        rival = next((e for e in ranking.entries if e is not entry), None)
        asked = f"whether {entry.method} is better than {rival.method}" if rival else ""
        found = rival.behind if rival else None
    return None if found is None or found.word != UNDECIDED else (asked, found)


def _settled(difference: Difference, ranking: Ranking) -> str:
    """How many seeds would decide it; said of all places where it is the same."""
    if difference.runs is None:
        return f"one seed says nothing of the noise between seeds, run {ENOUGH} or more of each"
    images = len(ranking.group.first.predictions.targets)
    if images_leave_it_open(difference):
        return f"too small a difference for {images:,} test images, however many the seeds"
    seeds = seeds_to_settle(difference)
    if seeds is None:
        return f"more than {MOST} seeds would be needed"
    return f"about {seeds} seeds would tell" if seeds > ENOUGH else f"{ENOUGH} seeds would tell"
