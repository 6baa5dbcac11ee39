"""What `metrics.json` and its neighbours hold of a tested model, gathered and written."""

import logging
from typing import Any

import lightning as L
import numpy as np
import torch

from ltlight.callbacks.timer import stopwatch_of
from ltlight.data.datamodule import LongTailDataModule
from ltlight.data.previews import report_pictures
from ltlight.runs.provenance import provenance
from ltlight.runs.run_folder import RunFolder
from ltlight.training.classifier import LongTailClassifier
from ltlight.training.final_scores import HeldOut

log = logging.getLogger(__name__)


def tested_logits(model: LongTailClassifier) -> np.ndarray:
    """Logits float32 [N, C] of the test."""
    if model.test_logits is None:
        raise RuntimeError("there is nothing to record before a test")
    return model.test_logits.numpy()


def record(
    folder: RunFolder,
    model: LongTailClassifier,
    data: LongTailDataModule,
    metrics: dict[str, Any],
    held_out: HeldOut | None = None,
) -> None:
    """Write the results and say them in a line."""
    logits = tested_logits(model)
    folder.save_pictures(report_pictures(data))
    test, counts = data.test_set, data.class_counts
    folder.finish(
        metrics,
        test.labels,
        logits,
        counts,
        held_out=held_out,
        files=test.files,
        groups=test.groups,
    )
    tested, classes = metrics["tested_classes"], len(counts)
    log.info(
        "accuracy %.2f %%, macro-F1 %.4f%s, %.0f s: %s",
        100 * metrics["test/accuracy"],
        metrics["test/f1_macro"],
        f" over the {tested} tested of {classes} classes" if tested < classes else "",
        metrics["seconds/train"] + metrics["seconds/test"],
        folder.path,
    )


def collected(
    model: LongTailClassifier, data: LongTailDataModule, trainer: L.Trainer, setup_seconds: float
) -> dict[str, Any]:
    """Everything `metrics.json` holds of a test but what comes of its logits."""
    tested = {k: v.item() for k, v in trainer.callback_metrics.items() if k.startswith("test/")}
    watch = stopwatch_of(trainer)
    train_seconds = watch.training_seconds
    steps, epochs = trainer.global_step, trainer.current_epoch
    seen = min(steps * data.batch_size * trainer.world_size, epochs * data.sampler.num_draws)
    return {
        **tested,
        **facts(model, data, trainer.strategy.root_device),
        "epochs": epochs,
        "steps": steps,
        "seconds/setup": setup_seconds,
        "seconds/train": train_seconds,
        "seconds/validate": watch.validation_seconds,
        "seconds/test": watch.time_elapsed("test"),
        "images_per_second": seen / train_seconds if train_seconds > 0 else None,
    }


def facts(
    model: LongTailClassifier, data: LongTailDataModule, device: torch.device
) -> dict[str, Any]:
    """What `metrics.json` holds of a tested model beside scores, steps and seconds."""
    return {
        "recall_per_class": model.test_recalls,
        "class_names": list(data.train_set.class_names),
        "class_counts": data.class_counts.tolist(),
        "test_images": len(data.test_set),
        "tested_classes": int(np.count_nonzero(data.test_set.class_counts)),
        "parameters": sum(p.numel() for p in model.net.parameters()),
        **provenance(device),
        **data.record,
    }
