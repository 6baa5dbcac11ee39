"""A classifier of a checkpoint alone: `LongTailClassifier.load_from_checkpoint`."""

import pickle
from pathlib import Path
from typing import Any

import torch

from ltlight.errors import UserError
from ltlight.runs.recorded import config_of_record
from ltlight.runs.run_folder import RunFolder
from ltlight.training.build_model import build_classifier
from ltlight.training.classifier import RECORD, LongTailClassifier


def rebuilt(path: Path, map_location: Any = None) -> LongTailClassifier:
    """The classifier that a checkpoint is of, in evaluation mode; see `load_from_checkpoint`.

    Raises:
        UserError: for a file that is no checkpoint of ltlight, or one that carries no configuration
            and has no run folder around it.
    """
    try:
        saved = torch.load(path, map_location=map_location or "cpu", weights_only=True)
        weights = saved["state_dict"]
    except (OSError, pickle.UnpicklingError, RuntimeError, EOFError, KeyError, TypeError) as e:
        raise UserError(f"{path} is not a checkpoint of ltlight ({e})") from e
    record = saved.get(RECORD) or _record_around(path)
    config = config_of_record(record["config"], str(path))
    model = build_classifier(config, record["class_counts"], validation_is_test=False)
    model.record = record
    model.load_state_dict(weights)
    device = next(iter(weights.values())).device
    return model.to(device).eval()


def _record_around(path: Path) -> dict[str, Any]:
    """What the run folder knows that a checkpoint of before didn't carry."""
    folder = RunFolder(path.parent)
    if not (folder.path / "config.yaml").is_file() or not folder.is_finished:
        raise UserError(
            f"{path} doesn't carry its configuration, and no finished run is around it: leave it "
            "in its run folder, or give the constructor's arguments"
        )
    metrics = folder.metrics()
    known = {name: metrics[name] for name in ("class_counts", "class_names")}
    return {"config": folder.config(), **known}
