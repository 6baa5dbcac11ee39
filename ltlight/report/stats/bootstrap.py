"""Scores on resamples of the test images, and McNemar's test.

The bootstrap draws the test images with replacement, the same for all runs (Efron and Tibshirani
1993, ch. 13): what a difference of two methods varies by over these draws is the noise of the
images. Where images come in groups (patients, videos), it draws groups, and all images of a drawn
group with it (cluster bootstrap; Field and Welsh 2007, section 2.2).
"""

from collections.abc import Iterable

import numpy as np
from scipy import sparse, stats

from ltlight.metrics.scores import f1_macro

DRAWS = 2000  # of the bootstrap: a variance then is known to about 3 %
BLOCK = 20_000_000  # counts held at a time, 80 MB


def bootstrap(
    targets: np.ndarray,
    runs: Iterable[np.ndarray],
    num_classes: int,
    draws: int = DRAWS,
    seed: int = 0,
    groups: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """The scores of every run on the same resamples of the test images.

    `scipy.stats.bootstrap` calls its statistic with gathered samples, [draws, N] for each method,
    seed and score: minutes for a sweep. Here a resample is how often it drew each image, one
    matrix for all runs, and a score is a sparse product with it: seconds. The test holds the two
    against each other.

    Args:
        targets: int [N].
        runs: R arrays of predicted labels, int [N].
        num_classes: C.
        draws: B.
        seed: of the resamples.
        groups: str or int [N], what images belong to. None, or of one group only: each image is
            drawn for itself.

    Returns:
        ``accuracy``, ``f1_macro`` and ``balanced_accuracy``, float64 [R, B].
    """
    runs, n = list(runs), len(targets)
    truth = _indicator(targets, num_classes)
    called = [_indicator(predicted, num_classes) for predicted in runs]
    hits = [truth.multiply(predicted).tocsr() for predicted in called]
    if groups is not None and len(names := np.unique(groups)) > 1:
        # Counts of whole groups, sparse [C, G], in place of those of single images, [C, N].
        n, member_of = len(names), _indicator(np.searchsorted(names, groups), len(names)).T
        truth, *summed = (counts @ member_of for counts in (truth, *called, *hits))
        called, hits = summed[: len(runs)], summed[len(runs) :]
    generator = np.random.default_rng(seed)
    block = max(1, BLOCK // n)
    values: dict[str, np.ndarray] = {
        name: np.empty((len(runs), draws)) for name in ("accuracy", "f1_macro", "balanced_accuracy")
    }
    for start in range(0, draws, block):
        times = _times_drawn(n, min(block, draws - start), generator)
        support = truth @ times
        for r, (hit, predicted) in enumerate(zip(hits, called, strict=True)):
            scored = _scores(hit @ times, predicted @ times, support)
            for name, value in scored.items():
                values[name][r, start : start + block] = value
    return values


def _scores(
    correct: np.ndarray, predicted: np.ndarray, support: np.ndarray
) -> dict[str, np.ndarray]:
    """Scores [B] from counts [C, B], see `f1_macro`."""
    return {
        "accuracy": correct.sum(axis=0) / support.sum(axis=0),
        "f1_macro": f1_macro(correct, predicted, support),
        "balanced_accuracy": (correct / np.maximum(support, 1)).sum(axis=0)
        / (support > 0).sum(axis=0),
    }


def _indicator(labels: np.ndarray, num_classes: int) -> sparse.csr_array:
    """Sparse [C, N], 1 where image i has label c."""
    entries = (np.ones(len(labels), np.float32), (labels, np.arange(len(labels))))
    return sparse.csr_array(entries, shape=(num_classes, len(labels)))


def _times_drawn(n: int, draws: int, generator: np.random.Generator) -> np.ndarray:
    """How often each of n images is among n draws with replacement, float32 [n, draws]."""
    drawn = generator.integers(0, n, (draws, n))
    flat = (drawn + n * np.arange(draws)[:, None]).ravel()
    counts = np.bincount(flat, minlength=n * draws).reshape(draws, n)
    return np.ascontiguousarray(counts.T, dtype=np.float32)


def mcnemar(before: np.ndarray, after: np.ndarray) -> float:
    """Exact two-sided p of McNemar's test, pooled over seeds so that an image counts once.

    An image speaks for the method that recognises it under more of the seeds; if neither does, it
    is left out. Those that speak are split like fair coins if the methods are equally good (the
    exact binomial form; with one seed this is McNemar's test as published in 1947). Adding up the
    tables of all seeds instead would count every image once a seed, as if it were a new one.

    It speaks of these trained networks, not of the methods: other seeds are other networks.

    Args:
        before: bool [S, N], whether a seed's run of one method recognises a test image.
        after: the same of the other method.
    """
    balance = after.sum(axis=0, dtype=int) - before.sum(axis=0, dtype=int)
    gained, lost = int((balance > 0).sum()), int((balance < 0).sum())
    return float(stats.binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
