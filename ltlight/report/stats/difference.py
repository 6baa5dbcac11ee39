"""The difference of two methods, its error over test images and seeds together, and its word.

**The rule**, everywhere the same: a difference is *better* or *worse* if its interval, corrected
for the family of comparisons that it belongs to (`families`), leaves out 0, and *undecided* else.
With one or two seeds it is *undecided* whatever the scores: what two trainings of one method differ
by is not known then.

**The noise between seeds.** With three seeds, the two scores' own spread has two degrees of
freedom. All methods together know the noise well, if it is about the same for all: the variance
that is left once every method and every seed has its own level (two-way analysis of variance
without interaction; Montgomery 2017, ch. 4; (s - 1)(m - 1) degrees of freedom). A method whose
seeds scatter more than that counts with its own variance, none with less than the common one. The
larger of the two is what keeps the claims honest where methods differ in noise, at the price of a
few points of power where they don't.

By simulation (`tests/report/stats/simulated_verdicts.py`, 5 to 43 equal methods, 3 and 5 seeds) at
most 2.1 % of sweeps have any method "better than the baseline" and 4.9 % any "behind the best". A
bootstrap over seeds and images, the common variance alone, and Holm's correction beside the best do
not keep 5 % (`tests/report/stats/rejected_rules.py`).
"""

from dataclasses import dataclass

import numpy as np

from ltlight.report.stats.families import against_one, all_pairs

BETTER, UNDECIDED, WORSE = "better", "undecided", "worse"
ENOUGH = 3  # common seeds from which on a difference can be anything but undecided


@dataclass(frozen=True)
class SeedNoise:
    """Variance of one run's score around its method's and its seed's level.

    Attributes:
        variance: of a single run, common to all methods.
        freedom: degrees of freedom behind it.
        own: of each method, in the order given; nan for those with one seed.
    """

    variance: float
    freedom: int
    own: tuple[float, ...]

    def of(self, method: int) -> float:
        """What a method counts with: the larger of its own and the common variance."""
        return float(np.fmax(self.variance, self.own[method]))


@dataclass(frozen=True)
class Family:
    """The comparisons that are corrected together.

    Attributes:
        size: methods, the one that all are compared with included.
        chosen: whether that one was chosen by these scores, as the best is.
    """

    size: int
    chosen: bool = False

    def critical(self, freedom: float) -> float:
        """Standard errors that a difference must exceed."""
        if self.chosen:
            return all_pairs(max(2, self.size), freedom)
        return against_one(max(1, self.size - 1), freedom)


@dataclass(frozen=True)
class Difference:
    """A mean over seeds of one method minus another.

    Attributes:
        mean: of the common seeds.
        seeds: how many those are.
        images: variance of the mean over test images, however many the seeds.
        runs: variance between seeds of a single seed's difference; None where it is unknown.
        freedom: degrees of freedom behind ``runs``.
        family: what it is corrected with.
    """

    mean: float
    seeds: int
    images: float
    runs: float | None
    freedom: float
    family: Family

    @property
    def error(self) -> float:
        """Standard error of the mean, of test images and, where known, of seeds."""
        return float(np.sqrt(self.images + (self.runs or 0.0) / self.seeds))

    @property
    def half_width(self) -> float:
        """What the difference must exceed, see `exceeds`."""
        return self.exceeds(self.seeds, self.freedom)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval, simultaneous with those of its family."""
        return self.mean - self.half_width, self.mean + self.half_width

    @property
    def word(self) -> str:
        """`BETTER`, `UNDECIDED` or `WORSE`."""
        if self.seeds < ENOUGH or self.runs is None or abs(self.mean) <= self.half_width:
            return UNDECIDED
        return BETTER if self.mean > 0 else WORSE

    def exceeds(self, seeds: int, freedom: float) -> float:
        """Half of the interval that so many seeds would have, of the same noise.

        Args:
            seeds: of both methods.
            freedom: of the noise between seeds then; that of a sum by Welch and Satterthwaite.
        """
        of_seeds = (self.runs or 0.0) / seeds
        total = self.images + of_seeds
        whole = freedom * (total / of_seeds) ** 2 if of_seeds > 0 else np.inf
        return self.family.critical(whole) * float(np.sqrt(total))


def beside_levels(runs: list[tuple[int, int]]) -> np.ndarray:
    """What is left of scores once every method and every seed has its own level.

    Args:
        runs: the number of the method and the seed of each of R runs.

    Returns:
        The matrix [R, R] that makes the residuals of scores [R]; its trace is how many degrees of
        freedom they have.
    """
    seeds = sorted({seed for _, seed in runs})
    methods = 1 + max(m for m, _ in runs)
    design = np.zeros((len(runs), methods + len(seeds)))
    for row, (m, seed) in enumerate(runs):
        design[row, m] = design[row, methods + seeds.index(seed)] = 1
    residual: np.ndarray = np.eye(len(runs)) - design @ np.linalg.pinv(design)
    return residual


def seed_noise(scores: list[dict[int, float]]) -> SeedNoise | None:
    """The noise between seeds, or None where no two methods share two seeds.

    Args:
        scores: for every method, seed to value; methods may lack seeds.
    """
    rows = [(m, seed) for m, values in enumerate(scores) for seed in values]
    values = np.array([scores[m][seed] for m, seed in rows])
    unexplained = beside_levels(rows)
    free = np.diag(unexplained)
    freedom = round(free.sum())
    if freedom < 1:
        return None
    squares = (unexplained @ values) ** 2
    of_method = np.array([m for m, _ in rows])
    own = [
        float(squares[of_method == m].sum() / share) if share > 1e-9 else np.nan
        for m in range(len(scores))
        for share in [free[of_method == m].sum()]
    ]
    return SeedNoise(float(squares.sum() / freedom), freedom, tuple(own))


def difference(
    gains: np.ndarray,
    resampled: np.ndarray,
    noise: SeedNoise | None,
    methods: tuple[int, int],
    family: Family,
) -> Difference:
    """The mean gain over common seeds and its error.

    Args:
        gains: float [S], paired by seed.
        resampled: float [S, B], the same on every resample of the test images.
        noise: see `seed_noise`; None leaves the noise between seeds out.
        methods: which two of the noise's methods they are.
        family: what is corrected together.
    """
    runs = None if noise is None else noise.of(methods[0]) + noise.of(methods[1])
    freedom = np.inf if noise is None else noise.freedom
    images = _of_images(resampled)
    return Difference(float(gains.mean()), len(gains), images, runs, freedom, family)


def _of_images(resampled: np.ndarray) -> float:
    """Variance of a mean gain over the test images.

    An image that changes sides from seed to seed is noise of both, and that of seeds has it
    already. Its part is what averaging over seeds takes from the variance, as far as there are
    seeds.
    """
    count = len(resampled)
    of_mean = float(resampled.mean(axis=0).var(ddof=1))
    if count == 1:
        return of_mean
    of_each = float(resampled.var(axis=1, ddof=1).mean())
    return max(0.0, of_mean - (of_each - of_mean) / (count - 1))
