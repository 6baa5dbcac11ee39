"""The nearest class mean in the place of the last layer (Kang et al., ICLR 2020, section 4.2)."""

import time
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ltlight.training.classifier import LongTailClassifier
from ltlight.training.second_stage import HeadTraining


def nearest_mean(model: LongTailClassifier, training: HeadTraining) -> dict[str, float]:
    """The head's weights become the directions of the mean features of the classes, in place.

    The largest logit is then that of the class whose mean has the largest cosine with the image's
    feature, whose own length is the same for all classes. Every class has one mean, however many
    images it is of, so the head favours none. Means are of the training images as they are, without
    augmentation.

    Returns:
        For `metrics.json`: no steps, and the seconds of the pass.
    """
    started = time.perf_counter()
    means, head = class_means(model, training), model.net.head
    with torch.no_grad():
        head.weight.copy_(F.normalize(means))
        if getattr(head, "bias", None) is not None:
            head.bias.zero_()
    return {"second_stage/steps": 0, "second_stage/seconds": time.perf_counter() - started}


@torch.no_grad()
def class_means(model: LongTailClassifier, training: HeadTraining) -> Tensor:
    """The mean of what the head is given, by class, float [C, D]; 0 for a class without images."""
    net, seen = model.net.eval(), []
    hook = net.head.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    data = training.data("shuffle")
    total: Any = 0
    counts = torch.tensor(data.class_counts, dtype=torch.float64)
    try:
        for images, labels in data.plain_dataloader(data.train_set):
            net(images.to(model.device))
            features = seen.pop().double().cpu()
            sums = torch.zeros(len(counts), features.shape[1], dtype=torch.float64)
            total = total + sums.index_add_(0, torch.as_tensor(labels).cpu(), features)
    finally:
        hook.remove()
    means: Tensor = total / counts.clamp(min=1)[:, None]
    return means.float()
