"""Rankings made by hand: what is better, worse or undecided is told here."""

from types import SimpleNamespace

import numpy as np

from ltlight.metrics.scores import confusion_matrix, recalls
from ltlight.report.results.sweep import ACCURACY, F1
from ltlight.report.stats.difference import Difference, Family, SeedNoise
from ltlight.report.stats.ranking import FREE, RANKED_BY, Entry, Ranking

COUNTS = np.array([200, 60, 5])
TARGETS = np.repeat(np.arange(3), 10)


def predictions(of_head: int = 8, of_tail: int = 2) -> SimpleNamespace:
    """Of ten test images a class, so many of the head and of the tail are right."""
    right = np.concatenate([np.arange(10) < n for n in (of_head, 5, of_tail)])
    labels = np.where(right, TARGETS, (TARGETS + 1) % 3)
    confusion = confusion_matrix(TARGETS, labels, 3)
    found = SimpleNamespace(targets=TARGETS, labels=labels, adjusted=labels, class_counts=COUNTS)
    found.confusion, found.recalls = confusion, recalls(confusion)
    return found


def off(mean: float, word: str = "firm", **more) -> Difference:
    """A difference that is decided (``firm``), or not for want of seeds (``open``)."""
    runs = 1e-6 if word == "firm" else 9 * mean**2 + 1e-4
    settings = {"seeds": 3, "images": 1e-6, "runs": runs, "freedom": 40, "family": Family(2)}
    return Difference(mean, **settings | more)


def entry(method: str, mean: float, *, seeds: int = 3, spread: float = 0.01, **more) -> Entry:
    """A method whose seeds lie evenly around a mean.

    ``seconds`` and ``steps`` are of its training, ``keys`` of its configuration.
    """
    values = dict(enumerate(mean + spread * np.linspace(-1, 1, seeds) if seeds > 1 else [mean]))
    metrics = {"seconds/train": more.pop("seconds", 10.0), "steps": more.pop("steps", 100)}
    metrics |= {"threads": 1, "load": 1.0 if more.pop("alone", True) else 3.0}
    seen = predictions(*more.pop("recalled", (8, 2)))
    told = {"metrics": metrics, "predictions": seen, "config": more.pop("keys", {})}
    members = [SimpleNamespace(seed=s, imbalance="0.02", **told) for s in values]
    for member in members:
        member.runs = (member,)
    scores = dict.fromkeys((RANKED_BY, ACCURACY, F1), values)
    return Entry(method, members, 0, scores, {}, **more)


def beside(
    mean: float, gain: str = "firm", free: str = "firm", level: float = 0.45, **more
) -> dict:
    """What an entry of this mean carries beside a baseline of 0.4, adjusted to ``level``."""
    return {
        "gains": {RANKED_BY: off(mean - 0.4, gain)},
        "over_free": off(mean - level, free),
    } | more


def ranking(
    *entries: Entry, free: float | None = 0.45, free_gain: str = "firm", imbalance: str = "0.02"
) -> Ranking:
    """Of entries in their order; those that carry no ``behind`` are behind the first."""
    placed = []
    for place, e in enumerate(entries, start=1):
        gap = None if place == 1 else e.behind or off(e.mean() - entries[0].mean())
        placed.append(Entry(**vars(e) | {"rank": place, "behind": gap}))
    first = SimpleNamespace(imbalance=imbalance, predictions=predictions())
    group = SimpleNamespace(data="toy", title="toy", methods={}, first=first)
    gains = {} if free is None else {RANKED_BY: off(free - 0.4, free_gain)}
    adjusted = None if free is None else entry(FREE, free, gains=gains)
    return Ranking(group, placed, adjusted, SeedNoise(1e-4, 20, ()))


BASE = entry("baseline", 0.4)
