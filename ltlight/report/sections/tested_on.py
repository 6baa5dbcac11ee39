"""What the scores of a sweep are of: tested classes, folds, and groups of test images.

No section of the page by itself: the first one, `results.md` and the terminal show it.
"""

import numpy as np

from ltlight.errors import some
from ltlight.report.results.sweep import Member, Sweep

NAMED = 10  # of many classes, how many are named
FEW_GROUPS = 20  # below it a bootstrap of groups is known to be rough (Cameron et al. 2008)


def what_was_tested(sweep: Sweep) -> list[str]:
    """Sentences on each data set, of what can't be taken for granted; none of most."""
    first: dict[str, Member] = {}
    for member in sweep.finished:
        first.setdefault(member.data, member)
    return [
        f"{data}: {sentence}" if len(first) > 1 else f"{sentence[0].upper()}{sentence[1:]}"
        for data, member in first.items()
        for sentence in (*_classes(member), *_folds(member), *_groups(member))
    ]


def _classes(member: Member) -> list[str]:
    names = member.metrics["class_names"]
    untested = [str(names[c]) for c in np.flatnonzero(np.isnan(member.predictions.recalls))]
    if not untested:
        return []
    have = "has" if len(untested) == 1 else "have"
    return [
        f"tested on {len(names) - len(untested)} of {len(names)} classes: "
        f"{some(untested, NAMED)} {have} no test images, and macro scores are over the "
        "others."
    ]


def _folds(member: Member) -> list[str]:
    if not member.folds:
        return []
    return [
        f"each seed's {len(member.folds)} folds are taken together: every one of "
        f"{len(member.predictions.targets):,} images is tested once, by the network that was not "
        "trained on it. Macro scores are of all images at once (Forman and Scholz 2010), training "
        "images and seconds the mean of the folds."
    ]


def _groups(member: Member) -> list[str]:
    groups = member.predictions.groups
    if groups is None:
        return []
    names = np.unique(groups)
    if len(names) == 1:
        return [
            f"all test images are of one group ({names[0]}): nothing is known of others. Intervals "
            "and p values are of images of this group only."
        ]
    text = (
        f"the test images are of {len(names)} groups, and images of a group are alike: intervals "
        "over test images resample groups, not images (cluster bootstrap, Field and Welsh 2007). "
        "McNemar's p takes every image for a new one and is too small."
    )
    if len(names) < FEW_GROUPS:
        text += f" Of {len(names)} groups such intervals are rough, and rather too narrow."
    return [text]
