"""What the plot of a ranking doesn't say by itself: who may be the best, and what hides more."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from ltlight.report.results.same_loss import same_losses
from ltlight.report.stats.difference import ENOUGH
from ltlight.report.stats.ranking import RANKED_BY, Entry, Ranking

FEW = 3  # methods up to which the plot says it all
WILD = 0.5  # share of all noise between seeds from which on one method's is named,
WILD_BELOW = 0.01  # unless more than this chance that some method's is as large


def details(ranking: Ranking) -> list[str]:
    """Which methods gain, lose, or may be the best, and what hides more."""
    said = []
    if len(ranking.entries) > FEW:
        near = ranking.near
        if len(near) < len(ranking.entries):
            said.append(f"Not shown to be behind the best: {named(near)}.")
        groups = {
            "Better than the free logit adjustment": [e for e in ranking.remedies if e.beats_free],
            "Better than the baseline": [e for e in ranking.remedies if e.gains_more_than_noise],
            "Worse than the baseline": [e for e in ranking.remedies if e.loses],
        }
        decided = any(e.gain is not None and e.gain.seeds >= ENOUGH for e in ranking.remedies)
        if decided:
            said += [f"{told}: {named(found)}." for told, found in groups.items() if found]
    return [*said, *_resolution(ranking), *_seeds(ranking), *same_losses(ranking.group)]


def _resolution(ranking: Ranking) -> list[str]:
    """How small a difference to the baseline can be told here, and what would help."""
    gains = [e.gain for e in ranking.remedies if e.gain is not None and e.gain.runs is not None]
    if not gains:
        return []
    width = np.median([d.half_width for d in gains])
    from_images = np.median([d.images / d.error**2 if d.error else 1.0 for d in gains])
    most = "test images" if from_images > 0.5 else "seeds"
    return [
        f"A gain must exceed about {100 * width:.1f} points to be decided here; most of that is "
        f"the noise of {most}, so more of those would decide more."
    ]


def _seeds(ranking: Ranking) -> list[str]:
    """Too few seeds, seeds that differ, and one method that makes all the noise."""
    numbers = {e.method: len(e.members) for e in ranking.entries}
    least, most = min(numbers.values()), max(numbers.values())
    said = []
    if least < ENOUGH:
        few = [e for e in ranking.entries if numbers[e.method] == least]
        whose = "every method" if len(few) == len(numbers) else named(few)
        count = "one seed" if least == 1 else f"{least} seeds"
        said.append(
            f"**Few seeds**: {count} of {whose}. How far two trainings of one method differ is "
            f"then unknown; from {ENOUGH} on a difference can be decided."
        )
    if most > least:
        said.append("Methods with different seeds are compared on those that they share.")
    return said + _wild(ranking)


def _wild(ranking: Ranking) -> list[str]:
    """Names the method that makes most of what is taken for the noise of all (Cochran's C)."""
    seen = [e for e in ranking.entries if len(e.members) > 1]
    freedom = np.array([len(e.members) - 1 for e in seen])
    variance = np.array([np.var(list(e.scores[RANKED_BY].values()), ddof=1) for e in seen])
    squares = freedom * variance
    if len(seen) < 3 or not squares.any():
        return []
    i = int(squares.argmax())
    rest, rest_freedom = squares.sum() - squares[i], freedom.sum() - freedom[i]
    share = squares[i] / squares.sum()
    ratio = variance[i] * rest_freedom / max(rest, 1e-300)
    by_chance = len(seen) * stats.f.sf(ratio, freedom[i], rest_freedom)
    if share < WILD or by_chance > WILD_BELOW:
        return []
    return [
        f"**{seen[i].method} alone makes {100 * share:.0f} % of the noise between seeds**, which "
        "hides differences of the others: look at its runs, or compare without it."
    ]


def named(entries: Sequence[Entry]) -> str:
    """Their methods."""
    return ", ".join(e.method for e in entries)
