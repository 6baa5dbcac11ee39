"""Whether one method is better than another over data sets, where cells of one are dependent.

Two ratios of one data set are no two witnesses: what holds of its pictures moves both. So the unit
that chance acts on is the data set, in the test and in the probability.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import permutation_test, rankdata

POINT = 0.01  # a difference that is worth something
DRAWS = 20_000  # of weights; and of signs, where there are more than that to try (15 data sets)
PRIOR = 0.5  # weight of one data set without a difference, before any is seen (Benavoli et al.)


@dataclass(frozen=True)
class Chances:
    """Posterior probabilities, which sum to 1: better by more than a point, within one, worse."""

    better: float
    same: float
    worse: float


def signed_rank(differences: np.ndarray, clusters: np.ndarray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test for clustered pairs.

    The sum of the signed ranks (zeros left out, as Wilcoxon does), against its distribution when
    the sign of all differences of a cluster is as likely the other way round (Rosner, Glynn and Lee
    2006). With one pair a cluster it is Wilcoxon's exact test. All signs are tried, or `DRAWS` of
    them where there are more.

    Args:
        differences: float [n].
        clusters: int [n], equal numbers are of one data set.

    Returns:
        p in (0, 1]; 1 where no difference is left.
    """
    there = differences != 0
    d, own = differences[there], clusters[there]
    if len(d) == 0:
        return 1.0
    signed = signed_ranks(d)
    sums = np.array([signed[own == c].sum() for c in np.unique(own)])
    if len(sums) == 1:  # which SciPy refuses; either sign is as far out
        return 1.0
    # Of one sample "samples" turns the signs, each by itself.
    tried = permutation_test(
        (sums,), np.sum, permutation_type="samples", n_resamples=DRAWS, vectorized=True, rng=0
    )
    return float(tried.pvalue)


def signed_ranks(differences: np.ndarray) -> np.ndarray:
    """Ranks of the absolute differences, each with the sign of its own, float [n]; 0 has none."""
    there = differences != 0
    found = np.zeros(len(differences))
    found[there] = np.sign(differences[there]) * rankdata(np.abs(differences[there]))
    return found


def smallest_p(clusters: np.ndarray) -> float:
    """The smallest p that so many data sets can give: all of them agree."""
    return float(2.0 ** (1 - len(np.unique(clusters))))


def holm(p: Sequence[float]) -> list[float]:
    """The p of a family, corrected by Holm (1979): no claim of it is false in 95 % of families."""
    order, count = np.argsort(p, kind="stable"), len(p)
    stepped = [min(1.0, (count - i) * p[place]) for i, place in enumerate(order)]
    found = np.empty(count)
    found[order] = np.maximum.accumulate(stepped)
    return [float(value) for value in found]


def chances(differences: np.ndarray, clusters: np.ndarray, margin: float = POINT) -> Chances:
    """The probability that a method is better by more than a point on a data set like these.

    The Bayesian signed-rank test (Benavoli et al., JMLR 2017, section 4.2): the data sets have
    weights of a Dirichlet distribution, one of no difference among them with the weight `PRIOR`,
    and of every draw that region counts which holds most of the means of two differences. Cells of
    one data set share its weight.

    Args:
        differences: float [n], of scores in [0, 1].
        clusters: int [n].
        margin: half the width of the region that counts as the same.
    """
    names, place = np.unique(clusters, return_inverse=True)
    share = 1 / np.bincount(place)[place]
    drawn = np.random.default_rng(0).dirichlet([PRIOR, *[1.0] * len(names)], DRAWS)
    weights = np.column_stack([drawn[:, 0], drawn[:, 1:][:, place] * share])
    values = np.concatenate([[0.0], differences])
    means = (values[:, None] + values) / 2
    regions = [means > margin, np.abs(means) <= margin, means < -margin]
    held = np.stack([(weights @ r.astype(float) * weights).sum(axis=1) for r in regions])
    best = held == held.max(axis=0)
    better, same, worse = (best / best.sum(axis=0)).mean(axis=1)
    return Chances(float(better), float(same), float(worse))
