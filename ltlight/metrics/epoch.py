"""The figures of a classifier on a test set, accumulated over whole epochs by torchmetrics."""

import numpy as np
import torch
from torch import Tensor, nn
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassConfusionMatrix,
    MulticlassF1Score,
    MulticlassRecall,
)

from ltlight.data.augment.mixing import MixedLabels
from ltlight.data.longtail import FEW_BELOW, MANY_ABOVE


class LongTailMetrics(nn.Module):
    """Macro-F1, accuracy, and what becomes of the recalls from head to tail.

    Batches only add to counts; everything is computed over the whole epoch (a macro-F1 of a batch
    means nothing: it skips the classes that the batch lacks). Every rank evaluates the whole set,
    so nothing is exchanged between ranks.
    """

    def __init__(self, class_counts: list[int]) -> None:
        """
        Args:
            class_counts: training images of every class, which make it many-, medium- or few-shot.
        """
        super().__init__()
        num_classes = len(class_counts)
        alone = {"sync_on_compute": False, "validate_args": False}
        self.accuracy = MulticlassAccuracy(num_classes, average="micro", **alone)
        self.f1 = MulticlassF1Score(num_classes, average="macro", **alone)
        self.recall = MulticlassRecall(num_classes, average="none", **alone)
        self.confusion = MulticlassConfusionMatrix(num_classes, **alone)
        self.class_counts = np.asarray(class_counts)

    def update(self, logits: Tensor, targets: Tensor) -> None:
        """Count a batch: logits float [B, C], targets int64 [B]."""
        predictions = logits.argmax(dim=1)
        for metric in self.children():
            metric.update(predictions, targets)

    def compute(self) -> dict[str, float]:
        """The figures of everything seen since `reset`, each in [0, 1]; see `recall_figures`."""
        present = self.confusion.compute().sum(dim=1).cpu().numpy() > 0
        recalls = self.recall.compute().double().cpu().numpy()
        return {
            "accuracy": self.accuracy.compute().item(),
            "f1_macro": self.f1.compute().item(),
            **recall_figures(np.where(present, recalls, np.nan), self.class_counts),
        }

    def reset(self) -> None:
        """Forget what was seen."""
        for metric in self.children():
            metric.reset()


def recall_figures(recalls: np.ndarray, class_counts: np.ndarray) -> dict[str, float]:
    """Means of the recalls, over all classes and over the many-, medium- and few-shot ones.

    Args:
        recalls: float [C] in [0, 1], nan for classes without test images, which count for nothing.
        class_counts: int [C], training images; many-shot > 100, few-shot < 20, medium between.

    Returns:
        ``balanced_accuracy`` (arithmetic mean), ``recall_geometric_mean``,
        ``recall_harmonic_mean``, ``recall_worst``, and ``recall_many``, ``recall_medium``,
        ``recall_few``, which are nan where there is no such class. A class that is never
        recognised makes the geometric and harmonic means 0.
    """
    seen = ~np.isnan(recalls)
    values, counts = recalls[seen], class_counts[seen]
    groups = {
        "many": counts > MANY_ABOVE,
        "medium": (counts >= FEW_BELOW) & (counts <= MANY_ABOVE),
        "few": counts < FEW_BELOW,
    }
    all_above_0 = values.min() > 0
    return {
        "balanced_accuracy": float(values.mean()),
        "recall_geometric_mean": float(np.exp(np.log(values).mean())) if all_above_0 else 0.0,
        "recall_harmonic_mean": float(1 / (1 / values).mean()) if all_above_0 else 0.0,
        "recall_worst": float(values.min()),
        **{
            f"recall_{name}": float(values[chosen].mean()) if chosen.any() else float("nan")
            for name, chosen in groups.items()
        },
    }


def num_right(logits: Tensor, labels: Tensor | MixedLabels) -> Tensor:
    """How many of a batch are recognised, a scalar; a mixed image counts by its labels' shares."""
    predicted = logits.argmax(dim=1)
    if not isinstance(labels, MixedLabels):
        return (predicted == labels).sum()
    first, second, share = labels
    return (
        torch.where(predicted == first, share, 0).sum()
        + torch.where(predicted == second, 1 - share, 0).sum()
    )
