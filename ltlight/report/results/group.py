"""The runs of one data set at one ratio, from which the figures of a section are drawn."""

from dataclasses import dataclass

import numpy as np

from ltlight.report.results.sweep import Member, Sweep


@dataclass(frozen=True)
class Group:
    """Methods to their members, seed by seed; the baseline comes first.

    Classes are ordered head to tail: by falling number of training images, ties as numbered.
    """

    data: str
    ratio: float
    methods: dict[str, list[Member]]

    @property
    def first(self) -> Member:
        """A member, for what all have in common."""
        return next(iter(self.methods.values()))[0]

    @property
    def order(self) -> np.ndarray:
        """Class numbers head to tail, int [C]."""
        return np.argsort(-self.first.predictions.class_counts, kind="stable")

    @property
    def counts(self) -> np.ndarray:
        """Training images head to tail, int [C]."""
        return self.first.predictions.class_counts[self.order]

    @property
    def is_balanced(self) -> bool:
        """Whether all classes have as many training images: there is no prior to adjust for."""
        return bool(np.ptp(self.counts) == 0)

    @property
    def names(self) -> list[str]:
        """Class names head to tail."""
        return [self.first.metrics["class_names"][c] for c in self.order]

    @property
    def title(self) -> str:
        """How a figure names it."""
        return f"{self.data}, ratio {self.first.imbalance}"

    @property
    def slug(self) -> str:
        """How a file names it."""
        return f"{self.data}_ratio{self.first.imbalance}"


def confusion(members: list[Member], order: np.ndarray) -> np.ndarray:
    """Confusion counts int [C, C] summed over seeds, rows true, classes in the given order."""
    return np.sum([m.predictions.confusion for m in members], axis=0)[np.ix_(order, order)]


def row_percent(counts: np.ndarray) -> np.ndarray:
    """Confusion counts [C, C] as percentages of the true class; nan for one without test images."""
    images = counts.sum(axis=1, keepdims=True)
    return np.where(images > 0, 100 * counts / np.maximum(images, 1), np.nan)


def mean_recalls(members: list[Member], order: np.ndarray) -> np.ndarray:
    """Recall of every class, the mean over seeds, float [C] in [0, 1], in the given order."""
    return np.mean([m.predictions.recalls for m in members], axis=0)[order]


def running_mean(values: np.ndarray) -> np.ndarray:
    """Mean over an eighth of the classes around each, fewer at the ends; nan counts for nothing."""
    half = len(values) // 16
    windows = [values[max(0, i - half) : i + half + 1] for i in range(len(values))]
    return np.array([np.nanmean(w) if np.isfinite(w).any() else np.nan for w in windows])


def groups(sweep: Sweep) -> list[Group]:
    """By data and falling ratio."""
    found: dict[tuple[str, float], dict[str, list[Member]]] = {}
    for member in sweep.finished:
        methods = found.setdefault((member.data, member.ratio), {})
        methods.setdefault(member.method, []).append(member)
    return [Group(*key, methods) for key, methods in found.items()]
