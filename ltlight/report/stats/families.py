"""Critical values of families of comparisons: all methods with one of them, and all pairs.

Of k methods, a difference is claimed if it exceeds c times its standard error, with c such that
among equals the chance of any false claim in the family is 5 %:

- with one method, the baseline, chosen beforehand: the largest of k - 1 absolute differences to it
  (Dunnett 1955, two-sided);
- with the best, which these very scores have chosen: the range of all k (Tukey's studentised
  range). Hsu's comparisons with the best (1984) ask the same question, but call a method that is
  exactly as good as the best "not better", which is no error there and would be one here.

`scipy.stats.studentized_range` has the second, a second a value, and `scipy.stats.dunnett` takes
samples of independent groups; seeds and test images are blocks that all methods share. Both are one
integral over the error's chi distribution and one over a normal, summed here on a grid.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy import optimize, special, stats

LEVEL = 0.95
Z = np.linspace(-8, 8, 161)  # of the normal that the methods share
WEIGHTS = stats.norm.pdf(Z) * (Z[1] - Z[0])
SCALES = 64  # quantiles of the error's distribution
KNOWN = 5000.0  # degrees of freedom from which on the error counts as known


def against_one(others: int, freedom: float) -> float:
    """What one of ``others`` differences to the same method must exceed, in standard errors.

    Args:
        others: methods that are compared with it, 1 or more.
        freedom: of the standard errors, above 0, may be infinite.
    """
    return _critical(_all_near_one, others, _rounded(freedom))


def all_pairs(methods: int, freedom: float) -> float:
    """What a difference of any two of so many methods, 2 or more, must exceed; see `against_one`.

    The quantile of the studentised range over the root of 2: a difference has two methods' errors.
    """
    return _critical(_range_below, methods, _rounded(freedom))


def _rounded(freedom: float) -> float:
    """To two digits: the differences of a table then share a few critical values."""
    return float(f"{min(max(freedom, 0.5), KNOWN):.2g}")


@cache
def _critical(chance: Callable[[np.ndarray, int], np.ndarray], count: int, freedom: float) -> float:
    even = (np.arange(SCALES) + 0.5) / SCALES
    shares, steps = even**4, 4 * even**3 / SCALES  # small errors decide: more of the grid is there
    errors = np.sqrt(stats.chi2.ppf(shares, freedom) / freedom) if freedom < KNOWN else np.ones(1)
    steps = steps if freedom < KNOWN else np.ones(1)

    def excess(c: float) -> float:
        return float(steps @ chance(c * errors, count)) - LEVEL

    return float(optimize.brentq(excess, 0.1, 1e4, xtol=1e-4))


def _all_near_one(c: np.ndarray, others: int) -> np.ndarray:
    """Chance that ``others`` standard normals lie within c roots of 2 of one more, of c [K]."""
    reach = np.sqrt(2) * c[:, None]
    inside = special.ndtr(Z + reach) - special.ndtr(Z - reach)
    return inside**others @ WEIGHTS


def _range_below(c: np.ndarray, methods: int) -> np.ndarray:
    """Chance that so many standard normals have a range below c roots of 2, of c [K]."""
    reach = np.sqrt(2) * c[:, None]
    above_lowest = special.ndtr(Z + reach) - special.ndtr(Z)
    return methods * (above_lowest ** (methods - 1) @ WEIGHTS)
