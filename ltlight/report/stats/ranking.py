"""The methods of a data set and ratio in one order, with what is known of their differences."""

from dataclasses import dataclass, field

import numpy as np

from ltlight.report.results.cost import Cost, cost
from ltlight.report.results.group import Group
from ltlight.report.results.sweep import BALANCED, BASELINE, Member
from ltlight.report.stats.difference import BETTER, WORSE, Difference, SeedNoise

RANKED_BY = BALANCED
FREE = "baseline, adjusted"  # how the baseline with logit adjustment is called


@dataclass(frozen=True)
class Scored:
    """What was measured of a method.

    Attributes:
        place: among the methods whose noise is estimated together; the adjusted baseline has the
            baseline's.
        scores: metric to seed to value.
        resampled: metric to seed to the values on resamples of the test images, [B].
    """

    method: str
    members: list[Member] = field(repr=False)
    place: int
    scores: dict[str, dict[int, float]] = field(repr=False)
    resampled: dict[str, dict[int, np.ndarray]] = field(repr=False)

    def mean(self, metric: str = RANKED_BY) -> float:
        """Over the method's own seeds."""
        return float(np.mean(list(self.scores[metric].values())))

    @property
    def cost(self) -> Cost:
        """Of its training."""
        return cost(self.members)


@dataclass(frozen=True)
class Entry(Scored):
    """A method in a ranking.

    Attributes:
        rank: 1 is the best mean of `RANKED_BY`; 0 for the adjusted baseline.
        gains: metric to the difference to the baseline; empty without one.
        behind: the difference to the first, at most 0 where both have the same seeds.
        over_free: the difference to the adjusted baseline.
    """

    rank: int = 0
    gains: dict[str, Difference] = field(default_factory=dict)
    behind: Difference | None = None
    over_free: Difference | None = None

    @property
    def gain(self) -> Difference | None:
        """The difference to the baseline that decides."""
        return self.gains.get(RANKED_BY)

    @property
    def gains_more_than_noise(self) -> bool:
        """Whether it is better than the baseline."""
        return self.gain is not None and self.gain.word == BETTER

    @property
    def loses(self) -> bool:
        """Whether it is worse than the baseline."""
        return self.gain is not None and self.gain.word == WORSE

    @property
    def is_behind(self) -> bool:
        """Whether it is worse than the best."""
        return self.behind is not None and self.behind.word == WORSE

    @property
    def beats_free(self) -> bool:
        """Whether it is better than the adjusted baseline."""
        return self.over_free is not None and self.over_free.word == BETTER


@dataclass(frozen=True)
class Ranking:
    """The methods of one data set and ratio, the best first.

    Attributes:
        free: the baseline with post-hoc logit adjustment; None without a baseline, and where
            training classes have as many images each, so that nothing is adjusted.
        noise: between seeds, of `RANKED_BY`; None where no two methods share two seeds.
    """

    group: Group
    entries: list[Entry]
    free: Entry | None
    noise: SeedNoise | None

    @property
    def first(self) -> Entry:
        """The best mean."""
        return self.entries[0]

    @property
    def near(self) -> list[Entry]:
        """The first and all that are not behind it."""
        return [e for e in self.entries if not e.is_behind]

    @property
    def baseline(self) -> Entry | None:
        """Its entry, or None."""
        return self.entry(BASELINE)

    @property
    def remedies(self) -> list[Entry]:
        """All but the baseline."""
        return [e for e in self.entries if e.method != BASELINE]

    def entry(self, method: str) -> Entry | None:
        """The entry of a method, or None."""
        return next((e for e in self.entries if e.method == method), None)

    @property
    def has_balanced_test(self) -> bool:
        """Whether tested classes have as many images each: accuracy is the mean recall then."""
        images = np.bincount(self.group.first.predictions.targets)
        return bool(np.ptp(images[images > 0]) == 0)

    @property
    def label(self) -> str:
        """What `RANKED_BY` is called here."""
        return "accuracy %" if self.has_balanced_test else "balanced accuracy %"
