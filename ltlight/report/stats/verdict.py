"""The verdict of a sweep: which method to take at each ratio, and the sentence that says so."""

from collections.abc import Sequence
from dataclasses import dataclass

from ltlight.report.stats.difference import BETTER
from ltlight.report.stats.digits import decimals
from ltlight.report.stats.ranking import FREE, Entry, Ranking

CHEAPER = 0.9  # share of the first's cost from which on a method is called cheaper
GAINS, AS_GOOD, NOTHING, OPEN, ALONE = "gains", "free", "nothing", "undecided", "alone"


@dataclass(frozen=True)
class Choice:
    """What to take of one ranking.

    Attributes:
        kind: `GAINS`: a method is better than the baseline, and none is known to beat it for
            free; `AS_GOOD`: what is free is, and no method better than that; `NOTHING`: the
            baseline leads; `OPEN`: undecided; `ALONE`: the baseline has nothing beside it.
        entry: what is taken; of `OPEN` and `ALONE` what leads, which is no advice.
    """

    ranking: Ranking
    kind: str
    entry: Entry

    @property
    def method(self) -> str | None:
        """The name of what is taken; None where it is undecided, or there is no choice."""
        return None if self.kind in (OPEN, ALONE) else self.entry.method


def choose(ranking: Ranking) -> Choice:
    """The cheapest of the best, or what costs nothing where nothing is shown to be better."""
    baseline, free, first = ranking.baseline, ranking.free, ranking.first
    if baseline is None:
        known = len(ranking.near) < len(ranking.entries)
        return Choice(ranking, GAINS if known else OPEN, cheapest(ranking.near) if known else first)
    others = [*ranking.remedies, *([free] if free else [])]
    if not others:
        return Choice(ranking, ALONE, baseline)
    beat_free = [e for e in ranking.remedies if e.beats_free and e.gains_more_than_noise]
    if beat_free:
        near = [e for e in beat_free if not e.is_behind]
        return Choice(ranking, GAINS, cheapest(near or beat_free))
    if free is not None and free.gain is not None and free.gain.word == BETTER:
        return Choice(ranking, AS_GOOD, free)
    gain = [e for e in ranking.remedies if e.gains_more_than_noise]
    if gain:
        return Choice(ranking, GAINS, cheapest([e for e in gain if not e.is_behind] or gain))
    leads = max(others, key=lambda e: e.mean())
    if leads.mean() <= baseline.mean() or all(e.loses for e in others):
        return Choice(ranking, NOTHING, baseline)
    return Choice(ranking, OPEN, others[0])


def cheapest(entries: Sequence[Entry]) -> Entry:
    """The one that costs least to train; the first of them unless another is clearly cheaper.

    By seconds where all were timed alone on their machine, else by steps.
    """
    first = entries[0]
    for unit in ("seconds", "steps"):
        costs = [getattr(e.cost, unit) for e in entries]
        if all(c is not None for c in costs):
            least = min(costs)
            return entries[costs.index(least)] if least < CHEAPER * costs[0] else first
    return first


def headline(rankings: Sequence[Ranking]) -> str:
    """One sentence, without its full stop; names of methods in backticks."""
    if not rankings:
        return "No finished run to compare"
    choices = [choose(r) for r in rankings]
    several = len({r.group.data for r in rankings}) > 1
    said: dict[tuple[str, str], list[Choice]] = {}
    for kind in (GAINS, AS_GOOD, NOTHING, OPEN, ALONE):
        for c in choices:
            if c.kind == kind:
                name = c.entry.method if kind in (GAINS, OPEN) else ""
                said.setdefault((kind, name), []).append(c)
    told = "; ".join(_clause(group, several) for group in said.values())
    return told[0].upper() + told[1:]


def _clause(choices: list[Choice], several: bool) -> str:
    kind, entry = choices[0].kind, choices[0].entry
    named = places([where(c.ranking, several) for c in choices])
    if kind == ALONE:
        return f"nothing is compared with the baseline{named}"
    if kind == NOTHING:
        return f"no method is ahead of the baseline{named}"
    if entry.gain is None:
        if kind == GAINS:
            return f"`{entry.method}` is ahead of others{named}"
        return f"{_undecided(choices)} which method is best{named}"
    if kind == AS_GOOD:
        return "nothing is shown to beat the free logit adjustment: " + _places(choices, several)
    if kind == GAINS:
        return f"`{entry.method}` gains {_places(choices, several, sign='')}"
    return f"{_undecided(choices)}: {_called(entry)} stands at {_places(choices, several)}"


def _undecided(choices: list[Choice]) -> str:
    """With how many seeds, of the method that has fewest."""
    seeds = min(len(e.members) for c in choices for e in c.ranking.entries)
    return f"undecided with {'one seed' if seeds == 1 else f'{seeds} seeds'}"


def _called(entry: Entry) -> str:
    return "the free logit adjustment" if entry.method == FREE else f"`{entry.method}`"


def _places(choices: list[Choice], several: bool, sign: str = "+") -> str:
    """The gains and where, the unit said once."""
    told: list[str] = []
    for c in choices:
        mean, error = (c.entry.gain.mean, c.entry.gain.error) if c.entry.gain else (0.0, 0.0)
        points = f"{100 * mean:{sign}.{min(1, decimals(100 * error))}f}"
        told.append(f"{points}{'' if told else ' points'}{where(c.ranking, several)}")
    return joined(told)


def where(ranking: Ranking, several: bool = False) -> str:
    """`` at 0.02``, with the data's name where there are several; empty of data as they are."""
    name = f" on {ranking.group.data}" if several else ""
    imbalance = ranking.group.first.imbalance
    return name + ("" if imbalance == "natural" else f" at {imbalance}")


def places(found: Sequence[str]) -> str:
    """Those of `where` together, with a space before; empty if they are."""
    told = [place.strip() for place in found if place]
    return f" {joined(told)}" if told else ""


def joined(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    *before, last = parts
    return f"{', '.join(before)} and {last}" if before else last
