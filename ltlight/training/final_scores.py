"""What the end of a run adds to its record: scores of its logits, temperature and threshold.

A few numbers of a run, computed once: none of them is watched while it trains or chosen by.
"""

from typing import Any

import lightning as L
import numpy as np
import torch

from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.image_set import ImageSet
from ltlight.metrics.binary import fit_threshold
from ltlight.metrics.of_logits import calibration_scores, logit_scores, scores_at_threshold
from ltlight.metrics.scores import confusion_matrix, f1_by_class, precisions
from ltlight.metrics.temperature import fit_temperature
from ltlight.training.classifier import LongTailClassifier

HeldOut = tuple[np.ndarray, np.ndarray]  # targets int64 [V], logits float32 [V, C]


def held_out_logits(
    model: LongTailClassifier, data: LongTailDataModule, trainer: L.Trainer
) -> HeldOut | None:
    """Targets and logits of the held-out images, asked as the test is: all views, adjusted.

    Before a test: a trainer forgets the metrics of a test when it predicts.

    Returns:
        None where nothing is held out.
    """
    if data.val_set is None:
        return None
    batches: Any = trainer.predict(model, datamodule=data)
    return data.val_set.labels, torch.cat(batches).numpy()


def final_scores(
    logits: np.ndarray, test: ImageSet, positive: int | None, held_out: HeldOut | None
) -> dict[str, Any]:
    """The part of `metrics.json` that comes of logits.

    Args:
        logits: float32 [N, C] of the test images.
        test: the test images.
        positive: of two classes the one looked for; None for more.
        held_out: see `held_out_logits`.

    Returns:
        `logit_scores` as ``test/…``; ``precision_per_class`` and ``f1_per_class``; `fitted`.
    """
    targets = test.labels
    confusion = confusion_matrix(targets, logits.argmax(axis=1), len(test.class_names))
    found: dict[str, Any] = _tested(logit_scores(logits, targets, positive))
    found["precision_per_class"] = precisions(confusion).tolist()
    found["f1_per_class"] = f1_by_class(confusion).tolist()
    if positive is not None:
        found["positive_class"] = test.class_names[positive]
    return found | fitted(logits, targets, positive, held_out)


def fitted(
    logits: np.ndarray, targets: np.ndarray, positive: int | None, held_out: HeldOut | None
) -> dict[str, Any]:
    """What is fitted to the held-out images, and the test scores with it.

    Every held-out image counts once, as in Guo et al.: probabilities are calibrated for pictures
    whose classes are as frequent as among the held-out ones. Weighting the classes equally would
    calibrate for balanced ones, and rest on the one or two images that a tail holds out.

    Returns:
        ``temperature`` (`fit_temperature`) and, where there is one, calibration scores under it as
        ``test/…_calibrated``; with a positive class ``threshold``, the probability at that
        temperature from which on an image is called positive, and the test scores at it. Both are
        None without held-out images, or where these can't tell: the probabilities of such a run are
        those of its plain logits.
    """
    found: dict[str, Any] = {"temperature": None}
    if positive is not None:
        found["threshold"] = None
    if held_out is None:
        return found
    held_targets, held_logits = held_out
    temperature = fit_temperature(held_logits, held_targets)
    if np.isfinite(temperature):
        calibrated = calibration_scores(logits, targets, temperature)
        found["temperature"] = temperature
        found |= _tested({f"{name}_calibrated": value for name, value in calibrated.items()})
    threshold = None if positive is None else fit_threshold(held_logits, held_targets, positive)
    if positive is not None and threshold is not None:
        found["threshold"] = threshold.probability
        found |= _tested(scores_at_threshold(logits, targets, positive, threshold))
    return found


def _tested(scores: dict[str, float]) -> dict[str, float]:
    return {f"test/{name}": value for name, value in scores.items()}
