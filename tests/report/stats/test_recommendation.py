"""What is advised, for rankings made by hand: what noise is and isn't is told here."""

from types import SimpleNamespace

import numpy as np
import pytest

from ltlight.report.results.sweep import ACCURACY, F1
from ltlight.report.stats.difference import Difference, SeedNoise
from ltlight.report.stats.ranking import FREE, RANKED_BY, Entry, Ranking
from ltlight.report.stats.recommendation import recommendation, recommended

FIRM, OPEN = 0.001, 0.4  # corrected p of what is beyond noise, and of what isn't


def entry(method: str, mean: float, seconds: float | None = 10.0, *, seeds=3, spread=0.01, **more):
    """A method whose seeds lie evenly around a mean."""
    values = dict(enumerate(mean + spread * np.linspace(-1, 1, seeds) if seeds > 1 else [mean]))
    members = [SimpleNamespace(metrics={"seconds/train": seconds}, seed=s) for s in values]
    scores = dict.fromkeys((RANKED_BY, ACCURACY, F1), values)
    return Entry(method, members, scores, {}, **more)


def off(mean: float) -> Difference:
    return Difference(mean, 0.01, 40.0, 0.3)


def ranking(*entries: Entry, free: float | None = 0.45, noise: bool = True) -> Ranking:
    """Of entries in their order; those below the first carry ``p_behind``."""
    placed = []
    for place, e in enumerate(entries, start=1):
        gap = None if place == 1 else off(e.mean() - entries[0].mean())
        placed.append(Entry(**vars(e) | {"rank": place, "behind": gap}))
    adjusted = entry(FREE, free) if free is not None else None
    group = SimpleNamespace(title="toy", methods={})
    return Ranking(group, placed, adjusted, SeedNoise(1e-4, 20) if noise else None)


def better(mean: float, free: float = 0.45, p: float = FIRM, **more) -> dict:
    """What an entry above the baseline (0.4) carries."""
    gains = {RANKED_BY: off(mean - 0.4)}
    return {"gains": gains, "p_gain": FIRM, "over_free": off(mean - free), "p_free": p} | more


BASE = entry("baseline", 0.4, p_behind=FIRM, over_free=off(-0.05), p_free=FIRM)


def said(*arguments, **more) -> str:
    return "\n".join(recommendation(ranking(*arguments, **more)))


def test_the_only_best_is_taken():
    text = said(entry("sam", 0.6, 20, **better(0.6)), BASE)
    assert text.startswith("Take **sam**: ahead of all others.")
    assert "sam ranks first with 60.0 %, +20.0 points [+18.0, +22.0] over the baseline." in text
    assert (
        "ahead of every other method by more than noise (Holm-corrected for 1 comparison)" in text
    )
    assert "All beat the free post-hoc logit adjustment of the baseline (45.0 %)" in text


def test_the_cheapest_within_noise_of_the_first_is_taken():
    sam = entry("sam", 0.6, 20, **better(0.6))
    cmo = entry("cmo", 0.59, 12, **better(0.59), p_behind=OPEN)
    other = entry("drw", 0.5, 8, **better(0.5), p_behind=FIRM)
    text = said(sam, cmo, other, BASE)
    assert text.startswith("Take **cmo**: within noise of the first, and cheaper")
    assert "Within noise of it (Holm-corrected for 3 comparisons): cmo." in text
    assert "The cheapest of them is cmo: 12 s of training against 20 s." in text


@pytest.mark.parametrize("seconds", [19.0, None])
def test_a_hair_faster_or_untimed_is_not_cheaper(seconds):
    sam = entry("sam", 0.6, 20, **better(0.6))
    cmo = entry("cmo", 0.59, seconds, **better(0.59), p_behind=OPEN)
    assert recommended(ranking(sam, cmo, BASE)) == "sam"
    assert "Take **sam**: the first, and none within noise" in said(sam, cmo, BASE)


def test_what_costs_nothing_is_taken_where_nothing_beats_it():
    sam = entry("sam", 0.46, 20, **better(0.46, p=OPEN))
    text = said(sam, BASE)
    assert text.startswith("Take the **baseline** and correct it by post-hoc logit adjustment")
    assert "None beats the free post-hoc logit adjustment of the baseline (45.0 %)" in text
    # A correction that harms is no advice.
    harmful = {"over_free": off(0.1), "p_free": OPEN}
    assert (
        recommended(ranking(entry("sam", 0.46, **better(0.46) | harmful), BASE, free=0.3)) == "sam"
    )


def test_the_cheap_one_must_beat_what_is_free():
    sam = entry("sam", 0.6, 20, **better(0.6))
    cmo = entry("cmo", 0.55, 5, **better(0.55, p=OPEN), p_behind=OPEN)
    assert recommended(ranking(sam, cmo, BASE)) == "sam"
    text = said(sam, cmo, BASE)
    assert "These don't beat the free" in text
    assert "beyond noise: cmo." in text


def test_where_all_is_noise_the_baseline_is_kept():
    near = entry("baseline", 0.4, p_behind=OPEN, over_free=off(-0.05), p_free=OPEN)
    sam = entry(
        "sam", 0.41, gains={RANKED_BY: off(0.01)}, p_gain=OPEN, over_free=off(0), p_free=1.0
    )
    text = said(sam, near)
    assert text.startswith("Keep the **baseline**")
    assert "over the baseline, which noise alone may explain." in text


def test_losers_are_named_and_the_few_that_beat_what_is_free():
    worse = {"gains": {RANKED_BY: off(-0.1)}, "p_gain": FIRM, "p_behind": FIRM}
    losers = [entry(n, 0.3, **worse, over_free=off(-0.15), p_free=FIRM) for n in ("a", "b")]
    text = said(entry("sam", 0.6, **better(0.6)), BASE, *losers)
    assert "These lose to the baseline beyond noise: a, b." in text
    assert "Only these beat the free" in text
    maybe = entry("c", 0.39, **worse | {"p_gain": OPEN}, over_free=off(-0.06), p_free=FIRM)
    assert "None loses to the baseline" in said(entry("sam", 0.6, **better(0.6)), BASE, maybe)


def test_without_a_baseline_only_the_order_is_told():
    text = said(entry("a", 0.6), entry("b", 0.5, p_behind=FIRM), free=None)
    assert "a ranks first with 60.0 %." in text
    assert "baseline" not in text


def test_what_can_be_told_apart_is_the_first_step_of_holm():
    behind = [entry(n, 0.5, **better(0.5), p_behind=FIRM) for n in "abcd"]
    text = said(entry("sam", 0.6, **better(0.6)), *behind)
    exceed = off(0).half_width(0.05 / 4)
    assert f"must exceed about {100 * exceed:.1f} points" in text
    assert "most of that is the seeds'" in text


def test_too_few_seeds_are_told():
    alone = [
        entry("sam", 0.6, seeds=1, **better(0.6)),
        entry("baseline", 0.4, seeds=1, p_behind=FIRM),
    ]
    assert "**One seed is too few**" in said(*alone, noise=False)
    mixed = said(entry("sam", 0.6, **better(0.6)), alone[1])
    assert "**Few seeds**: one seed of baseline;" in mixed
    assert "compared on those that they share" in mixed
    enough = said(entry("sam", 0.6, **better(0.6)), BASE)
    assert "seeds**" not in enough
    assert "too few" not in enough


def test_a_method_that_makes_the_noise_is_named_unless_chance_would_make_one():
    calm = [entry(n, 0.5, **better(0.5), p_behind=FIRM) for n in "abcdefgh"]
    text = said(entry("sam", 0.6, spread=0.3, **better(0.6)), *calm)
    assert "**sam alone makes 99 % of the noise between seeds**" in text
    assert "alone makes" not in said(entry("sam", 0.6, spread=0.02, **better(0.6)), *calm[:2])
