"""The difference of two methods, with its error over test images and over seeds together.

A sweep of many methods with few seeds each knows little of the noise between seeds from any pair:
with three seeds, Student's t has two degrees of freedom. All methods together know it well, if it
is about the same for all of them: the variance that is left once every method and every seed has
its own level (two-way analysis of variance without interaction; Montgomery 2017, ch. 4). A pair
whose seeds scatter far more than that keeps its own variance.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ltlight.report.stats.bootstrap import LEVEL

OWN_NOISE_BELOW = 0.001  # p of the F test below which a pair keeps its own variance


@dataclass(frozen=True)
class SeedNoise:
    """Variance of one run's score around its method's and its seed's level.

    Attributes:
        variance: of a single run.
        freedom: degrees of freedom behind it.
    """

    variance: float
    freedom: int


@dataclass(frozen=True)
class Difference:
    """A mean over seeds of one method minus another, with its standard error.

    Attributes:
        mean: of the common seeds.
        error: of the mean, from test images and seeds together.
        freedom: of Student's t (Welch and Satterthwaite); infinite where only images count.
        images: share of the error's variance that is the test images', in [0, 1].
    """

    mean: float
    error: float
    freedom: float
    images: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        half = self.half_width(1 - LEVEL)
        return self.mean - half, self.mean + half

    @property
    def p(self) -> float:
        """Two-sided p of no difference."""
        if self.error == 0:
            return float(self.mean == 0)
        return float(2 * stats.t.sf(abs(self.mean) / self.error, self.freedom))

    def half_width(self, alpha: float) -> float:
        """Half of the 1 - alpha interval: what a difference must exceed."""
        return float(stats.t.isf(alpha / 2, self.freedom)) * self.error


def seed_noise(scores: list[dict[int, float]]) -> SeedNoise | None:
    """The noise between seeds that all methods share, or None where no method has two seeds.

    Args:
        scores: for every method, seed to value; methods may lack seeds.
    """
    rows = [(m, seed) for m, values in enumerate(scores) for seed in values]
    seeds = sorted({seed for _, seed in rows})
    design = np.zeros((len(rows), len(scores) + len(seeds)))
    for row, (m, seed) in enumerate(rows):
        design[row, m] = design[row, len(scores) + seeds.index(seed)] = 1
    values = np.array([scores[m][seed] for m, seed in rows])
    levels, _, rank, _ = np.linalg.lstsq(design, values)
    freedom = len(rows) - int(rank)
    if freedom < 1:
        return None
    return SeedNoise(float(((values - design @ levels) ** 2).sum() / freedom), freedom)


def difference(gains: np.ndarray, resampled: np.ndarray, noise: SeedNoise | None) -> Difference:
    """The mean gain over common seeds and its error.

    Args:
        gains: float [S], paired by seed.
        resampled: float [S, B], the same on every resample of the test images.
        noise: see `seed_noise`; None leaves the noise between seeds out.
    """
    from_images = _of_images(resampled)
    from_seeds, freedom = _of_seeds(gains, noise)
    total = from_images + from_seeds
    if from_seeds > 0:
        freedom *= (total / from_seeds) ** 2
    share = from_images / total if total > 0 else 1.0
    return Difference(float(gains.mean()), float(np.sqrt(total)), freedom, share)


def _of_images(resampled: np.ndarray) -> float:
    """Variance of a mean gain over the test images.

    An image that changes sides from seed to seed is noise of both, and `_of_seeds` has it already.
    Its part is what averaging over seeds takes from the variance, as far as there are seeds.
    """
    count = len(resampled)
    of_mean = float(resampled.mean(axis=0).var(ddof=1))
    if count == 1:
        return of_mean
    of_each = float(resampled.var(axis=1, ddof=1).mean())
    return max(0.0, of_mean - (of_each - of_mean) / (count - 1))


def _of_seeds(gains: np.ndarray, noise: SeedNoise | None) -> tuple[float, float]:
    """Variance of a mean gain over the seeds, and its degrees of freedom."""
    if noise is None:
        return 0.0, np.inf
    count, shared = len(gains), 2 * noise.variance
    if count > 1 and shared > 0:
        own = float(gains.var(ddof=1))
        if stats.f.sf(own / shared, count - 1, noise.freedom) < OWN_NOISE_BELOW:
            return own / count, count - 1
    return shared / count, noise.freedom


def holm(p: list[float]) -> list[float]:
    """P values corrected for their number by Holm's step-down method (1979), in the order given."""
    order = np.argsort(p, kind="stable")
    steps = np.arange(len(p), 0, -1) * np.asarray(p, dtype=float)[order]
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected.tolist()
