"""What seeds of one training subset score together: the mean of their networks' logits.

The networks are trained already, so it is free; an image then costs as many inferences as there are
networks. Those of different subsets have seen more images together than any of them alone: their
average is no score of a method on one long-tailed set, and there is none of them here.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ltlight.metrics.of_logits import calibration_scores
from ltlight.metrics.scores import confusion_matrix, scores
from ltlight.report.results.group import Group, groups
from ltlight.report.results.sweep import Member, Sweep
from ltlight.runs.records import comparable

# Keys of `data` that change no image and choose none; all others must be equal.
CHOOSE_NO_IMAGE = {
    "data.archive",
    "data.batch_size",
    "data.cache",
    "data.eval_batch_size",
    "data.positive_class",
}
# Views of a picture by `method.tta`: where its mirror image shows the same class, and where not.
VIEWS = {"none": (1, 1), "flip": (2, 1), "ten_crop": (10, 5)}


@dataclass(frozen=True)
class SeedAverage:
    """The networks of a method's seeds, asked together.

    Attributes:
        members: whose logits are averaged, two or more, trained on one subset.
        scores: of the mean logits, see `ltlight.metrics.scores.scores` and `calibration_scores`.
    """

    members: list[Member] = field(repr=False)
    scores: dict[str, float]

    @property
    def key(self) -> tuple[str, float, str]:
        """Data, ratio and method."""
        first = self.members[0]
        return first.data, first.ratio, first.method

    @property
    def inferences(self) -> int:
        """Forward passes an image costs: one a network, times the views of its test."""
        return sum(map(_views, self.members))


def seed_averages(sweep: Sweep) -> list[SeedAverage]:
    """Those of every method at every ratio that has several seeds of one subset."""
    return [average for group in groups(sweep) for average in averages_of(group).values()]


def averages_of(group: Group) -> dict[str, SeedAverage]:
    """Method to its average, of the methods with several seeds of one subset.

    The logits are read anew, a run at a time: no more than one run's and a sum are held.
    """
    return {
        method: _average(members)
        for method, members in group.methods.items()
        if len(members) > 1 and share_subset(members)
    }


def have_own_subsets(sweep: Sweep) -> bool:
    """Whether a method has several seeds that can't be averaged."""
    methods = [members for group in groups(sweep) for members in group.methods.values()]
    return any(not share_subset(members) for members in methods)


def share_subset(members: list[Member]) -> bool:
    """Whether runs of one data set and ratio have the very same images, by their settings."""
    first, *others = map(_subset, members)
    return all(other == first for other in others)


def _subset(member: Member) -> dict[str, Any]:
    """What is equal in two runs of one data set and ratio if their images are."""
    config = comparable(member.config)
    chosen_by = {
        key: value
        for key, value in config.items()
        if key.startswith("data.") and key not in CHOOSE_NO_IMAGE
    }
    keeps_all = member.ratio == 1 or config.get("data.profile") == "natural"
    if keeps_all and not config.get("data.val_fraction"):
        del chosen_by["data.seed"]  # nothing is drawn, whatever the seed
    return chosen_by | {"class counts": member.predictions.class_counts.tolist()}


def _average(members: list[Member]) -> SeedAverage:
    first = members[0].predictions
    total = np.zeros((len(first.targets), len(first.class_counts)))
    for member in members:  # the sum's largest entries are the mean's
        total += member.logits()
    calibration = calibration_scores(total / len(members), first.targets)
    confusion = confusion_matrix(first.targets, total.argmax(axis=1), len(first.class_counts))
    return SeedAverage(members, scores(confusion, first.class_counts) | calibration)


def _views(member: Member) -> int:
    config = comparable(member.config)
    mirrored, plain = VIEWS[config["method.tta"]]
    return mirrored if config["data.mirror"] else plain
