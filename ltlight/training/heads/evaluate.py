"""Scores and logits of a head without a trainer: the classifier's own steps, batch by batch."""

import numpy as np
import torch

from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.loader import TensorLoader
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.final_scores import HeldOut


@torch.inference_mode()
def validate(model: LongTailClassifier, batches: TensorLoader) -> dict[str, float]:
    """Scores of the validation images, as ``val/…`` or ``test/…``."""
    model.eval()
    for number, batch in enumerate(batches):
        model.validation_step(batch, number)
    return model.validated()


@torch.inference_mode()
def test(model: LongTailClassifier, data: LongTailDataModule) -> dict[str, float]:
    """Scores of the test images as ``test/…``; the logits stay in the model."""
    model.eval()
    model.on_test_epoch_start()
    for number, batch in enumerate(data.test_dataloader()):
        model.test_step(batch, number)
    return model.tested()


@torch.inference_mode()
def held_out(model: LongTailClassifier, data: LongTailDataModule) -> HeldOut | None:
    """Targets and logits of the held-out images, as they are tested; None: nothing is held out."""
    if data.val_set is None:
        return None
    model.eval()
    batches = enumerate(data.predict_dataloader())
    logits: np.ndarray = torch.cat([model.predict_step(b, number) for number, b in batches]).numpy()
    return data.val_set.labels, logits
