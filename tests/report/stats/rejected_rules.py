"""Rules that were tried and left: how often each calls one of equal methods better, or behind.

    python -m tests.report.stats.rejected_rules

Of scores alone, in standard deviations of a training: Student's t with 7 degrees of freedom,
methods of unequal noise (log-normal, 0.3), a level that all methods of a seed share, and 0.6 of
each method's own luck with the test images, which is taken as known. Share of sweeps (1,000) in
which any method differs from the baseline / from the best:

methods  seeds    bootstrap       pooled         Holm         rule
      5      3  11.8 / 13.8    5.5 / 5.3    4.2 / 7.8    3.8 / 4.0
      5      5   8.8 / 10.7    6.2 / 6.7   5.4 / 10.3    4.8 / 5.3
     12      3  18.6 / 27.8    6.6 / 6.8   5.5 / 18.3    3.7 / 3.4
     12      5   8.9 / 13.0    5.7 / 5.7   4.6 / 16.5    3.3 / 2.2
     43      3  22.4 / 53.9   7.0 / 13.4   5.0 / 44.9    3.1 / 3.9
     43      5  13.6 / 22.8    7.4 / 8.6   5.7 / 39.9    3.9 / 2.2

- *bootstrap*: the largest studentised difference over resampled seeds and images. Three seeds have
  ten resamples: the noise is taken for smaller than it is.
- *pooled*: the same intervals as the rule's, with the variance that all methods share for each.
- *Holm*: the same, each p corrected by Holm's method; the best was chosen by the same scores, and
  is ahead by chance more often than a method named beforehand.
- *rule*: a method counts with the larger of the common and its own variance (`difference`).
"""

import sys

import numpy as np
from scipy import stats

from ltlight.report.stats.families import against_one, all_pairs

SPREAD, HEAVY, IMAGES = 0.3, 7, 0.6
RULES = ("bootstrap", "pooled", "Holm", "rule")


def simulated(
    generator: np.random.Generator, methods: int, seeds: int
) -> dict[str, tuple[bool, bool]]:
    """Whether each rule finds a difference to the first method, and to the best."""
    noise = np.exp(SPREAD * generator.normal(size=(methods, 1)))
    own = generator.standard_t(HEAVY, (methods, seeds)) / np.sqrt(HEAVY / (HEAVY - 2)) * noise
    luck = IMAGES * generator.normal(size=(methods, 1))
    scores = own + luck + generator.normal(size=seeds)
    means, freedom = scores.mean(axis=1), (seeds - 1) * (methods - 1)
    left = scores - means[:, None]
    squares = (left - left.mean(axis=0)) ** 2
    common = squares.sum() / freedom
    each = np.maximum(common, squares.sum(axis=1) / ((seeds - 1) * (1 - 1 / methods)))
    found = {"bootstrap": _bootstrap(generator, scores)}
    best = int(means.argmax())
    for rule, variances in (("pooled", np.full(methods, common)), ("rule", each)):
        found[rule] = (
            _exceeds(means, variances, 0, seeds, freedom, against_one, methods - 1),
            _exceeds(means, variances, best, seeds, freedom, all_pairs, methods),
        )
    found["Holm"] = tuple(_holm(means, common, one, seeds, freedom) for one in (0, best))
    return found


def _errors(variances: np.ndarray, one: int, seeds: int, freedom: int) -> tuple[np.ndarray, ...]:
    """Standard errors of differences to one method, and their degrees of freedom."""
    of_seeds = (variances + variances[one]) / seeds
    total = of_seeds + 2 * IMAGES**2
    return np.sqrt(total), freedom * (total / of_seeds) ** 2


def _exceeds(means, variances, one, seeds, freedom, critical, size) -> bool:
    errors, of_each = _errors(variances, one, seeds, freedom)
    limits = np.array([critical(size, f) for f in of_each])
    return bool((np.abs(means - means[one]) > limits * errors).any())


def _holm(means, common, one, seeds, freedom) -> bool:
    """Its first step: any p below 5 % over the number of comparisons."""
    errors, of_each = _errors(np.full(len(means), common), one, seeds, freedom)
    p = 2 * stats.t.sf(np.abs(means - means[one]) / errors, of_each)
    return bool((np.delete(p, one) * (len(means) - 1) <= 0.05).any())


def _bootstrap(
    generator: np.random.Generator, scores: np.ndarray, draws: int = 600
) -> tuple[bool, bool]:
    methods, seeds = scores.shape
    means = scores.mean(axis=1)
    drawn = scores[:, generator.integers(0, seeds, (draws, seeds))].mean(axis=2).T - means
    drawn += IMAGES * generator.normal(size=(draws, methods))
    found = []
    for i, j in ((np.arange(1, methods), np.zeros(methods - 1, int)), np.triu_indices(methods, 1)):
        again = drawn[:, i] - drawn[:, j]
        errors = again.std(axis=0)
        limit = np.quantile((np.abs(again) / errors).max(axis=1), 0.95)
        found.append(bool((np.abs(means[i] - means[j]) / errors).max() > limit))
    return found[0], found[1]


def main(number: int = 1000) -> None:
    """Print a line for every number of methods and seeds."""
    generator = np.random.default_rng(0)
    print(f"methods seeds {' '.join(RULES)}, % of sweeps")
    for methods in (5, 12, 43):
        for seeds in (3, 5):
            found = [simulated(generator, methods, seeds) for _ in range(number)]
            shares = {r: 100 * np.mean([f[r] for f in found], axis=0) for r in RULES}
            told = ", ".join(f"{shares[r][0]:.1f} / {shares[r][1]:.1f}" for r in RULES)
            print(f"{methods} {seeds}: {told}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
