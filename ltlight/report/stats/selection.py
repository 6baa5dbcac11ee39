"""Which of many methods are shown in detail: nobody compares forty confusion matrices."""

from collections.abc import Sequence

from ltlight.report.results.sweep import BASELINE, Sweep
from ltlight.report.stats.comparison import Comparison
from ltlight.report.stats.ranking import Ranking
from ltlight.report.stats.verdict import choose

DETAILED = 5  # methods, as many as can be told apart in one figure


def detailed(rankings: Sequence[Ranking]) -> list[str]:
    """The baseline, the first and the chosen of every ranking, then the next best.

    Args:
        rankings: at least one.

    Returns:
        Up to `DETAILED` names, more only where rankings have more firsts.
    """
    chosen = [BASELINE] * any(r.entry(BASELINE) is not None for r in rankings)
    chosen += [r.first.method for r in rankings]
    chosen += [name for r in rankings if r.entry(name := choose(r).entry.method) is not None]
    chosen = list(dict.fromkeys(chosen))
    for e in rankings[0].entries:
        if len(chosen) < DETAILED and e.method not in chosen:
            chosen.append(e.method)
    return chosen


def narrowed(
    sweep: Sweep, comparisons: list[Comparison], methods: list[str]
) -> tuple[Sweep, list[Comparison]]:
    """The sweep and its comparisons with some of the methods only."""
    members = [m for m in sweep.finished if m.method in methods]
    return (
        Sweep(sweep.path, members, sweep.unfinished),
        [c for c in comparisons if c.method in methods],
    )
