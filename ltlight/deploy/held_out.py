"""What held-out images tell of a run's logits: the prior that they hold, and their temperature."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

HOTTEST, COLDEST = 0.05, 20.0  # of 1 / T: the bounds of `ltlight.metrics.temperature`


def fitted_to_held_out(
    logits: np.ndarray,
    targets: np.ndarray,
    class_counts: np.ndarray,
    prior: np.ndarray | None = None,
    temperature: float | None = None,
) -> tuple[np.ndarray, float]:
    """The prior and the temperature under which logits explain the labels of held-out images best.

    softmax(z / T + log(held-out frequency / fitted)) maximises the likelihood of the labels. A
    prior that no formula knows is

        log fitted_c = gamma log n_c + delta_c

    with delta_c drawn from a standard normal. One power of the class counts tells most of what
    margins, late weights and changed heads do; delta corrects each class as far as its held-out
    images say so, and stays near 0 for a class of few or none, where a bias of its own would run
    away. The objective is convex in gamma, delta and 1 / T.

    Args:
        logits: z float [V, C].
        targets: int64 [V], in 0…C-1.
        class_counts: n int64 [C], training images of every class.
        prior: float64 [C] that adds up to 1, where it is known; None: to be fitted, too.
        temperature: where it is not to be fitted.

    Returns:
        The prior float64 [C], which adds up to 1 and is 0 for a class without training images, and
        T above 0.
    """
    n = np.asarray(class_counts, dtype=np.float64)
    log_n = np.log(np.maximum(n, 1) / max(n.max(), 1))
    frequency = np.bincount(targets, minlength=len(n)).astype(np.float64)
    # Of a class that is never the label, the likelihood says nothing.
    seen = (frequency > 0) & ((n > 0) if prior is None else (prior > 0))
    kept = seen[targets]
    z = np.asarray(logits, dtype=np.float64)[kept][:, seen]
    at_label = np.eye(seen.sum())[(np.cumsum(seen) - 1)[targets[kept]]]
    offset = np.log(frequency[seen]) - (0 if prior is None else np.log(prior[seen]))

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        cold, gamma, delta = parameters[0], parameters[1], parameters[2:]
        log_p = cold * z + offset - (gamma * log_n + delta)[seen]
        log_p -= logsumexp(log_p, axis=1, keepdims=True)
        surplus = np.exp(log_p) - at_label  # slope of -log likelihood by the biased logits
        by_class = np.zeros(len(n))
        by_class[seen] = -surplus.sum(axis=0)
        slope = np.concatenate([[(surplus * z).sum(), by_class @ log_n], by_class + delta])
        return -log_p[at_label > 0].sum() + (delta**2).sum() / 2, slope

    cold = 1.0 if temperature is None else 1 / temperature
    free, fixed = (-np.inf, np.inf), (0.0, 0.0)
    bounds = [(HOTTEST, COLDEST) if temperature is None else (cold, cold)]
    bounds += [free if prior is None else fixed] * (1 + len(n))
    start = np.array([cold, *np.zeros(1 + len(n))])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    if prior is None:
        log_prior = best[1] * log_n + best[2:]
        prior = np.where(n > 0, np.exp(log_prior - log_prior.max()), 0.0)
        prior = prior / prior.sum()
    return prior, float(1 / best[0])
