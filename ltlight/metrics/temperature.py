"""Temperature scaling: one number that makes probabilities agree with frequencies.

Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks, ICML 2017. Labels and their
order don't change. NumPy and SciPy, no torch.
"""

import numpy as np
from scipy.optimize import minimize_scalar

from ltlight.metrics.calibration import log_loss, log_probabilities

# Held-out images that are all recognised have no minimum: the fit ends at the bound.
LOWEST, HIGHEST = 0.05, 20.0


def fit_temperature(logits: np.ndarray, targets: np.ndarray) -> float:
    """The temperature T whose softmax(logits / T) has the smallest log-loss.

    Brent's bounded method on log T; the log-loss has one minimum, as it is convex in 1/T.

    Args:
        logits: float [V, C], of images the network was not trained on.
        targets: int64 [V].

    Returns:
        In [0.05, 20]; nan where a logit is not finite or there is no image.
    """
    if not len(targets) or not np.isfinite(logits).all():
        return float("nan")

    def loss(log_temperature: float) -> float:
        return log_loss(log_probabilities(logits, np.exp(log_temperature)), targets)

    bounds = (np.log(LOWEST), np.log(HIGHEST))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))
