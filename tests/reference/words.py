"""The report's words where no predictions are kept, made of the kept scores.

The interval over test images is that of the kept `results.md`, which holds noise between seeds,
too: a difference is decided only where it is with any share of it.
"""

import csv
from collections.abc import Sequence
from dataclasses import replace
from statistics import mean

import numpy as np

from ltlight.report.stats.difference import UNDECIDED, Difference, Family, seed_noise
from tests.reference.kept import BALANCED, KEPT, kept_interval, runs


def word_of(studies: Sequence[str], ratio: str, method: str, image_error: float) -> str:
    """Of the gain in balanced accuracy over the baseline, by the rule of the report.

    The rule counts the part of the image error that is not noise between seeds. Less of it can
    widen the interval: the few degrees of freedom between seeds then weigh more.

    Args:
        studies: whose methods are compared together; the later run of a seed counts.
        ratio: as in the path.
        method: one of theirs.
        image_error: standard error of the gain over test images, noise between seeds included.

    Returns:
        `UNDECIDED` too where that part would make the difference.
    """
    scores: dict[str, dict[int, float]] = {}
    for study in studies:
        for (of_ratio, name), by_seed in runs(study).items():
            if of_ratio == ratio:
                found = {s: run[BALANCED] for s, run in by_seed.items()}
                scores.setdefault(name, {}).update(found)
    names = list(scores)
    ours, theirs = scores[method], scores["baseline"]
    common = sorted({*ours} & {*theirs})
    noise = seed_noise(list(scores.values()))
    whole = Difference(
        mean(ours[s] - theirs[s] for s in common),
        len(common),
        image_error**2,
        noise.of(names.index(method)) + noise.of(names.index("baseline")),
        noise.freedom,
        Family(len(names) + 1),
    )
    shares = np.linspace(0, 1, 21)
    words = {replace(whole, images=share * whole.images).word for share in shares}
    return words.pop() if len(words) == 1 else UNDECIDED


def kept_error(study: str, ratio: str, method: str) -> float:
    """Of the gain in accuracy over test images, from the interval in results.md."""
    low, high = map(float, kept_interval(study, ratio, method).strip("[]").split(", "))
    return (high - low) / (2 * 1.96) / 100


def kept_words(study: str) -> dict[tuple[str, str], str]:
    """(data, method) to the word of its gain, of a study of one ratio that keeps them."""
    with (KEPT / study / "comparisons.csv").open() as file:
        return {(row["data"], row["method"]): row["gain/word"] for row in csv.DictReader(file)}
