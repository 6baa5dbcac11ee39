"""The recommended method of a ranking, and the sentences that give its reasons."""

import numpy as np
from scipy import stats

from ltlight.report.results.same_loss import same_losses
from ltlight.report.results.sweep import BASELINE
from ltlight.report.stats.ranking import FREE, LEVEL, RANKED_BY, Entry, Ranking

CHEAPER = 0.9  # share of the first's seconds from which on a method is called cheaper
FEW_SEEDS = 3  # below it the noise between seeds is hardly known
WILD = 0.5  # share of all noise between seeds from which on one method's is named,
WILD_BELOW = 0.01  # unless more than this chance that some method's is as large


def recommended(ranking: Ranking) -> str:
    """The cheapest of the best, or what costs nothing where nothing is told to be better."""
    baseline, free = ranking.entry(BASELINE), ranking.free
    if baseline is None or free is None:
        return _cheapest(ranking.near).method
    if baseline.is_near:
        return BASELINE
    if free.mean() <= baseline.mean():
        return _cheapest(ranking.near).method
    better = [e for e in ranking.near if e.beats_free]
    return _cheapest(better).method if better else FREE


def recommendation(ranking: Ranking) -> list[str]:
    """Sentences, the advice first; ``**…**`` is bold."""
    said = [_advice(ranking), _first(ranking), *_near(ranking)]
    if ranking.free:
        said += [_free(ranking, ranking.free), _losers(ranking)]
    return [*said, *_resolution(ranking), *_seeds(ranking), *same_losses(ranking.group)]


def _advice(ranking: Ranking) -> str:
    choice, first = recommended(ranking), ranking.first
    if choice == BASELINE:
        return f"Keep the **{BASELINE}**: no method is ahead of it beyond noise."
    if choice == FREE:
        return (
            f"Take the **{BASELINE}** and correct it by post-hoc logit adjustment, which costs "
            "nothing: no method that could be the best beats that beyond noise."
        )
    if choice != first.method:
        return f"Take **{choice}**: within noise of the first, and cheaper to train."
    if len(ranking.near) == 1:
        return f"Take **{choice}**: ahead of all others."
    if _cheapest(ranking.near) is first:
        return f"Take **{choice}**: the first, and none within noise of it is clearly cheaper."
    return f"Take **{choice}**: what is cheaper and within noise of it doesn't beat the free one."


def _first(ranking: Ranking) -> str:
    first = ranking.first
    text = f"{first.method} ranks first with {_percent(first.mean())} %"
    gain = first.gains.get(RANKED_BY)
    if gain is None:
        return text + "."
    low, high = (f"{100 * end:+.1f}" for end in gain.interval)
    text += f", {100 * gain.mean:+.1f} points [{low}, {high}] over the baseline"
    noise = first.p_gain is not None and first.p_gain > LEVEL
    return text + (", which noise alone may explain." if noise else ".")


def _near(ranking: Ranking) -> list[str]:
    first, others = ranking.first, ranking.near[1:]
    if not others:
        return [f"It is ahead of every other method by more than noise ({_tests(ranking)})."]
    text = f"Within noise of it ({_tests(ranking)}): {_names(others)}. Their order may be chance."
    cheapest = _cheapest(ranking.near)
    if first.seconds is None or cheapest.seconds is None:
        return [text]
    if cheapest is first:
        return [text, "None of them trains clearly faster."]
    times = f"{_seconds(cheapest.seconds)} of training against {_seconds(first.seconds)}"
    return [text, f"The cheapest of them is {cheapest.method}: {times}."]


def _free(ranking: Ranking, free: Entry) -> str:
    """Which methods are worth more than the correction that costs nothing."""
    told = f"post-hoc logit adjustment of the baseline ({_percent(free.mean())} %)"
    others = [e for e in ranking.entries if e.method != BASELINE]
    better = [e for e in others if e.beats_free]
    worse = [e for e in others if not e.beats_free]
    if not better:
        return f"None beats the free {told} beyond noise."
    if not worse:
        return f"All beat the free {told} beyond noise."
    if len(better) < len(worse):
        return f"Only these beat the free {told} beyond noise: {_names(better)}."
    return f"These don't beat the free {told} beyond noise: {_names(worse)}."


def _losers(ranking: Ranking) -> str:
    losers = [e for e in ranking.entries if e.loses]
    if not losers:
        return "None loses to the baseline beyond noise."
    return f"These lose to the baseline beyond noise: {_names(losers)}."


def _resolution(ranking: Ranking) -> list[str]:
    """How small a difference can be told here, and what would help."""
    compared = [e.behind for e in ranking.entries if e.behind is not None]
    if not compared:
        return []
    # Holm's first step; the later ones ask for a little less.
    width = np.median([d.half_width(LEVEL / len(compared)) for d in compared])
    told = f"about {100 * width:.1f} points to be told from noise"
    text = f"A difference to the first must exceed {told}"
    if ranking.noise is None:
        return [text + " (over test images alone)."]
    from_images = np.median([d.images for d in compared])
    most = "test images" if from_images > 0.5 else "seeds"
    return [f"{text}; most of that is the {most}', so more of those would tell more apart."]


def _seeds(ranking: Ranking) -> list[str]:
    """Warnings about too few seeds, seeds that differ, and one method that makes all the noise."""
    numbers = {e.method: len(e.members) for e in ranking.entries}
    least, most = min(numbers.values()), max(numbers.values())
    said = []
    if ranking.noise is None:
        said.append(
            "**One seed is too few**: how far two trainings of one method differ is unknown, so an "
            "order that test images can tell may still be chance. Add seeds."
        )
    elif least < FEW_SEEDS:
        few = [e for e in ranking.entries if numbers[e.method] == least]
        whose = "every method" if len(few) == len(numbers) else _names(few)
        count = "one seed" if least == 1 else f"{least} seeds"
        said.append(f"**Few seeds**: {count} of {whose}; take their places with care.")
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
        "hides differences of the others: look at its runs, or rank without it."
    ]


def _cheapest(entries: list[Entry]) -> Entry:
    """The one that trains fastest; the first of them unless another is clearly faster."""
    first, times = entries[0], [e.seconds for e in entries]
    if first.seconds is None:
        return first
    seconds, place = min((s, place) for place, s in enumerate(times) if s is not None)
    return entries[place] if seconds < CHEAPER * first.seconds else first


def _tests(ranking: Ranking) -> str:
    number = sum(e.behind is not None for e in ranking.entries)
    return f"Holm-corrected for {number} comparison{'s' * (number != 1)}"


def _names(entries: list[Entry]) -> str:
    return ", ".join(e.method for e in entries)


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


def _seconds(value: float) -> str:
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"
