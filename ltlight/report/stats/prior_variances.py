"""How much the difference of two methods' recalls varies with the test images."""

import numpy as np
from scipy import sparse


def variances(
    correct: np.ndarray,
    targets: np.ndarray,
    of_method: np.ndarray,
    groups: np.ndarray | None,
    num_classes: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Variances and covariances over test images of differences of recalls.

    Images are independent, or groups of them are (patients, videos), in which those of several
    classes can vary together: for groups there are covariances of classes. What images do that
    change sides from seed to seed is noise of seeds, as in `difference._of_images`.

    Args:
        correct: bool [R, N], whether a run recognises an image.
        targets: int [N], true classes.
        of_method: int [R], M methods from 0.
        groups: of the images, [N]; None, or one group only: each image stands for itself.
        num_classes: C.

    Returns:
        Pairs of classes int [B, 2], (c, c) of every class and with groups all with c < d, and
        float [B, P] for the pairs of methods (0, 1), (0, 2), …, (1, 2), …: the variance, and of two
        classes twice the covariance, so that a sum over B is that over all pairs of classes.
    """
    methods = int(of_method.max()) + 1
    first, second = np.triu_indices(methods, 1)
    if groups is None or len(names := np.unique(groups)) == 1:
        places = np.repeat(np.arange(num_classes)[:, None], 2, axis=1)
        found = np.zeros((num_classes, len(first)))
        for c in np.unique(targets):
            of_class = correct[:, targets == c]
            parts = (of_class - of_class.mean(axis=1, keepdims=True)) / of_class.shape[1]
            found[c] = _of_differences(_means(parts, of_method), first, second)
        return places, found
    place = np.searchsorted(names, groups)
    influence = _group_influence(correct, targets, place, num_classes)
    above = np.triu_indices(num_classes)
    summed = []
    for c, d in zip(*above, strict=True):
        both = _means(influence[:, c], of_method, influence[:, d])
        both = both if c == d else both + both.T
        summed.append(_of_differences(both, first, second))
    return np.stack(above, axis=1), np.array(summed)


def _group_influence(
    correct: np.ndarray, targets: np.ndarray, place: np.ndarray, num_classes: int
) -> np.ndarray:
    """What every group adds to the error of a recall, float [R, C, G]."""
    groups = int(place.max()) + 1
    cell = targets * groups + place
    shape = (len(targets), num_classes * groups)
    into = sparse.csr_array((np.ones(len(cell)), (np.arange(len(cell)), cell)), shape=shape)
    images = np.bincount(cell, minlength=shape[1]).reshape(num_classes, groups)
    hits = (into.T @ correct.T.astype(float)).T.reshape(len(correct), num_classes, groups)
    support = np.maximum(images.sum(axis=1), 1)
    recalls = hits.sum(axis=2) / support
    return (hits - recalls[:, :, None] * images) / support[:, None]


def _means(
    parts: np.ndarray, of_method: np.ndarray, others: np.ndarray | None = None
) -> np.ndarray:
    """Covariances of the methods' means over seeds, [M, M], less what is noise of seeds.

    Args:
        parts: what each unit adds to the error of a run's recall, float [R, U].
        of_method: int [R].
        others: the same of another class; None for the same class.
    """
    others = parts if others is None else others
    counts = np.bincount(of_method)
    runs = parts @ others.T
    to_method = (of_method == np.arange(len(counts))[:, None]) / counts[:, None]
    of_mean = to_method @ runs @ to_method.T
    seeds = int(counts.min())
    if seeds < 2 or counts.max() != seeds:
        return of_mean  # seeds can't be paired: the noise of seeds stays in it, on the safe side
    paired = runs.reshape(len(counts), seeds, len(counts), seeds)
    of_each = np.einsum("isjs->ij", paired) / seeds
    result: np.ndarray = of_mean - (of_each - of_mean) / (seeds - 1)
    return result


def _of_differences(covariance: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Variances of the differences of pairs, from covariances [M, M]."""
    own = np.diag(covariance)
    beside = covariance[first, second] + covariance[second, first]
    found: np.ndarray = own[first] + own[second] - beside
    return found
