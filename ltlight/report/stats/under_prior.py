"""Accuracy where the classes are as frequent as the reader says: sum of prior times recall.

The recalls of a method are measured on the test images, class by class, and don't depend on how
frequent the classes are there. A method that lifts the tail at the head's expense gains where tail
classes are met often, and loses where they are rare: which method is best depends on the prior.

Words are those of `difference`, with the best of the methods under this very prior: its error over
test images is exact here (a weighted sum of variances of recalls) where `difference` resamples, as
no resample is made for a prior that is not yet known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ltlight.report.results.group import Group
from ltlight.report.results.member import Member
from ltlight.report.results.sweep import BASELINE
from ltlight.report.stats.difference import Difference, Family, beside_levels
from ltlight.report.stats.prior_variances import variances
from ltlight.report.stats.ranking import FREE

DIGITS = 12  # beyond which means are equal, however they were added up
LARGEST = 200_000  # variances that a page holds for a group; with more methods a few are shown


@dataclass(frozen=True)
class UnderPrior:
    """What the methods of a group score under any prior; R runs, method after method, C classes.

    Attributes:
        methods: the names, M.
        seeds: of every method's runs.
        recalls: float [R, C] head to tail; 0 where a class has no test images.
        residuals: of the same, beside the levels of method and seed (`beside_levels`), float
            [R, C]: times a prior, they are the residuals of the scores under it.
        tested: which classes have test images, bool [C].
        freedom: degrees of freedom of the residuals; 0 where the noise of seeds is unknown.
        shares: how many of them each method's own runs have, float [M].
        noise_of: whose noise a method has, int [M]: the adjusted baseline the baseline's.
        places: pairs of classes, int [B, 2].
        images: variances over test images of the difference of two methods, float [B, P]: for the
            classes of ``places``, and the P pairs of methods (0, 1), (0, 2), …, (1, 2), …; a pair
            of two different classes stands for both orders.
    """

    methods: list[str]
    seeds: list[list[int]]
    recalls: np.ndarray = field(repr=False)
    residuals: np.ndarray = field(repr=False)
    tested: np.ndarray = field(repr=False)
    freedom: int
    shares: np.ndarray = field(repr=False)
    noise_of: list[int]
    places: np.ndarray = field(repr=False)
    images: np.ndarray = field(repr=False)

    @property
    def of_method(self) -> np.ndarray:
        """The number of the method of every run, int [R]."""
        return np.repeat(np.arange(len(self.methods)), [len(seeds) for seeds in self.seeds])


@dataclass(frozen=True)
class Judged:
    """A method under a prior.

    Attributes:
        scores: accuracy of every seed, in [0, 1].
        behind: its difference to the best; None for that itself, or where no seed is common.
    """

    method: str
    scores: dict[int, float]
    behind: Difference | None

    @property
    def mean(self) -> float:
        """Over seeds."""
        return float(np.mean(list(self.scores.values())))

    @property
    def spread(self) -> float:
        """Sample standard deviation over seeds; 0 of one."""
        values = list(self.scores.values())
        return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def exponential(num_classes: int, factor: float) -> np.ndarray:
    """A prior that falls from head to tail by a factor, float [C]; below 1 it rises."""
    places = np.arange(num_classes) / max(1, num_classes - 1)
    weights: np.ndarray = np.asarray(factor, dtype=float) ** -places
    return weights / weights.sum()


def under_prior(group: Group, few: Sequence[str]) -> UnderPrior:
    """The methods of a group and the adjusted baseline, where there is a prior to adjust for.

    Args:
        group: all its methods.
        few: those that are shown where all would be too many for a page.
    """
    pairs = (len(group.methods) + 1) * len(group.methods) // 2
    clustered = group.first.predictions.groups is not None
    classes = len(group.names)
    blocks = classes * (classes + 1) // 2 if clustered else classes
    chosen = [m for m in group.methods if pairs * blocks <= LARGEST or m in few]
    runs = [(name, m, m.predictions.labels) for name in chosen for m in group.methods[name]]
    if BASELINE in chosen and not group.is_balanced:
        free = group.methods[BASELINE]
        runs += [(FREE, m, m.predictions.adjusted) for m in free]
    return _gathered(group, runs)


def _gathered(group: Group, runs: list[tuple[str, Member, np.ndarray]]) -> UnderPrior:
    methods = list(dict.fromkeys(name for name, _, _ in runs))
    of_method = np.array([methods.index(name) for name, _, _ in runs])
    targets = group.first.predictions.targets
    correct = np.array([labels == targets for _, _, labels in runs])
    support = np.bincount(targets, minlength=len(group.names))
    hits = np.array([np.bincount(targets[c], minlength=len(support)) for c in correct])
    recalls = (hits / np.maximum(support, 1))[:, group.order]
    own = [i for i, (name, _, _) in enumerate(runs) if name != FREE]
    unexplained = beside_levels([(of_method[i], runs[i][1].seed) for i in own])
    residuals = np.zeros_like(recalls)
    residuals[own] = unexplained @ recalls[own]
    free = np.zeros(len(runs))
    free[own] = np.diag(unexplained)
    rank = np.argsort(group.order)
    places, images = variances(
        correct, rank[targets], of_method, group.first.predictions.groups, len(support)
    )
    return UnderPrior(
        methods,
        [[m.seed for name, m, _ in runs if name == method] for method in methods],
        recalls,
        residuals,
        (support > 0)[group.order],
        round(free.sum()),
        np.bincount(of_method, free, len(methods)),
        [methods.index(BASELINE) if name == FREE else i for i, name in enumerate(methods)],
        places,
        images,
    )


def judged(u: UnderPrior, prior: np.ndarray) -> list[Judged]:
    """Every method under a prior, the best mean first.

    Args:
        u: the methods.
        prior: how frequent the classes are, float [C] head to tail, not below 0, of any sum. What
            classes without test images would score is unknown: they are left out.
    """
    weights = normalised(prior, u.tested)
    scores, of_method = u.recalls @ weights, u.of_method
    by_seed = [
        dict(zip(seeds, scores[of_method == m].tolist(), strict=True))
        for m, seeds in enumerate(u.seeds)
    ]
    means = [float(np.mean(list(s.values()))) for s in by_seed]
    order = sorted(range(len(means)), key=lambda m: -round(means[m], DIGITS))
    noise = _noise(u, weights)
    best = order[0]
    found = []
    for m in order:
        behind = None if m == best else _behind(u, by_seed, noise, weights, (m, best))
        found.append(Judged(u.methods[m], by_seed[m], behind))
    return found


def normalised(prior: np.ndarray, tested: np.ndarray) -> np.ndarray:
    """A prior over the tested classes, of sum 1; even where it is 0 for all of them."""
    weights = np.where(tested, prior, 0.0)
    return weights / weights.sum() if weights.sum() > 0 else tested / tested.sum()


def _noise(u: UnderPrior, weights: np.ndarray) -> np.ndarray | None:
    """Variance of one run of every method, see `SeedNoise.of`; None where it is unknown."""
    if u.freedom < 1:
        return None
    squares = (u.residuals @ weights) ** 2
    own = np.bincount(u.of_method, squares, len(u.methods))
    own = np.where(u.shares > 1e-9, own / np.maximum(u.shares, 1e-9), 0.0)
    return np.maximum(own, squares.sum() / u.freedom)[u.noise_of]


def _behind(
    u: UnderPrior,
    by_seed: list[dict[int, float]],
    noise: np.ndarray | None,
    weights: np.ndarray,
    pair: tuple[int, int],
) -> Difference | None:
    ours, best = (by_seed[m] for m in pair)
    common = sorted(ours.keys() & best.keys())
    if not common:
        return None
    mean = float(np.mean([ours[s] - best[s] for s in common]))
    products = weights[u.places].prod(axis=1)
    images = max(0.0, float(products @ u.images[:, pair_place(*pair, len(u.methods))]))
    runs = None if noise is None else float(noise[pair[0]] + noise[pair[1]])
    family = Family(len(u.methods), chosen=True)
    return Difference(mean, len(common), images, runs, u.freedom or np.inf, family)


def pair_place(a: int, b: int, methods: int) -> int:
    """Where a pair of methods stands among (0, 1), (0, 2), …, (1, 2), …."""
    low, high = min(a, b), max(a, b)
    return low * (2 * methods - low - 1) // 2 + high - low - 1
