"""The prior that a run's logits hold, fitted on its held-out images where no formula knows it."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp


def held_out_prior(logits: np.ndarray, targets: np.ndarray, class_counts: np.ndarray) -> np.ndarray:
    """The prior under which logits are best explained by the labels of held-out images.

    log fitted_c = gamma log n_c + delta_c maximises the likelihood of the labels under
    softmax(z + log(held-out frequency / fitted)), with delta_c drawn from a standard normal. One
    power of the class counts tells most of what margins, late weights and changed heads do; delta
    corrects each class as far as its held-out images say so, and stays near 0 for a class of few
    or none, where a bias of its own would run away.

    Args:
        logits: z float [V, C], divided by the temperature.
        targets: int64 [V], in 0…C-1.
        class_counts: n int64 [C], training images of every class.

    Returns:
        float64 [C] that adds up to 1; 0 for a class without training images.
    """
    z, n = np.asarray(logits, dtype=np.float64), np.asarray(class_counts, dtype=np.float64)
    frequency = np.bincount(targets, minlength=len(n)).astype(np.float64)
    log_n = np.log(np.maximum(n, 1) / max(n.max(), 1))
    seen = frequency > 0  # the likelihood says nothing of the others, which are never the label
    offset = z[:, seen] + np.log(frequency[seen])
    label = np.cumsum(seen)[targets] - 1
    at_label = np.eye(seen.sum())[label]

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        gamma, delta = parameters[0], parameters[1:]
        biased = offset - (gamma * log_n + delta)[seen]
        log_p = biased - logsumexp(biased, axis=1, keepdims=True)
        slope = np.zeros(len(n))  # of -log likelihood by log fitted
        slope[seen] = (at_label - np.exp(log_p)).sum(axis=0)
        value = -log_p[at_label > 0].sum() + (delta**2).sum() / 2
        return value, np.concatenate([[slope @ log_n], slope + delta])

    best = minimize(loss, np.zeros(1 + len(n)), jac=True, method="L-BFGS-B").x
    log_prior = best[0] * log_n + best[1:]
    prior = np.where(n > 0, np.exp(log_prior - log_prior.max()), 0.0)
    return prior / prior.sum()
