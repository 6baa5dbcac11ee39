"""Files of a run folder, read and checked: metrics, configuration, predictions, pictures. No torch.

Each reader takes the file's path and names it in its error, with what to do.
"""

import json
import logging
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ltlight.errors import UserError, one_line

log = logging.getLogger(__name__)
FORMAT = 1  # of the run folder; raise it when a reader of the old one would go wrong
ANEW = "run that member anew with overwrite=true"
# What reading a damaged array file may raise.
DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


def metrics(file: Path) -> dict[str, Any]:
    """The content of `metrics.json`.

    Raises:
        UserError: for a damaged file or one of another format.
    """
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError) as e:
        raise UserError(f"{file} can't be read ({_told(e)}): {ANEW}") from e
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise UserError(
            f"{file} is of run folder format {found}, this version reads {FORMAT}: {ANEW}"
        )
    return content


def config(file: Path) -> dict[str, Any]:
    """The content of `config.yaml`, nested.

    Raises:
        UserError: for a damaged file.
    """
    try:
        record = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as e:
        raise UserError(f"{file} can't be read ({_told(e)}): {ANEW}") from e
    if not isinstance(record, dict):
        raise UserError(f"{file} holds no configuration: {ANEW}")
    return record


def predictions(file: Path) -> dict[str, np.ndarray]:
    """The arrays of `predictions.npz`, as `RunFolder.finish` writes them.

    Raises:
        UserError: for a file that is damaged or missing.
    """
    try:
        with np.load(file) as stored:
            arrays = dict(stored)
        num_images, num_classes = len(arrays["targets"]), len(arrays["class_counts"])
        if arrays["logits"].shape != (num_images, num_classes) or not num_images:
            raise ValueError(f"logits {arrays['logits'].shape} for {num_images} test images")
        for name in ("files", "groups"):
            if name in arrays and arrays[name].shape != (num_images,):
                raise ValueError(f"{name} {arrays[name].shape} for {num_images} test images")
    except DAMAGE as e:
        raise UserError(f"{file} can't be read ({_told(e)}): {ANEW}") from e
    return arrays


def pictures(file: Path) -> dict[str, np.ndarray] | None:
    """A few images, RGB uint8 [..., 3, S, S], or None: there is no file, or it is damaged (said).

    ``test_images`` [M, …] with ``test_indices`` int64 [M] into the test set; ``train_images``
    [K, …] with ``train_labels`` int64 [K]; ``augmented`` [D, K, …], D draws of each of those.
    """
    if not file.exists():
        return None
    try:
        with np.load(file) as arrays:
            return dict(arrays)
    except DAMAGE as e:
        log.warning("passed over: %s can't be read (%s)", file, _told(e))
        return None


def _told(error: Exception) -> str:
    """What a reader complained of, in one line without the path that is named already."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if "pickle" in str(error):  # NumPy's advice, which runs what is in the file
        return "it holds no arrays"
    return one_line(" ".join(str(error).split()))
