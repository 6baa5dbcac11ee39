"""What a file of predictions was made by, kept beside it: so that no other run's are mixed in."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ltlight.deploy.bundle import Bundle
from ltlight.deploy.outputs import ROWS
from ltlight.deploy.priors import target_prior
from ltlight.errors import UserError

TOLD = "runs"  # where they are is told, and may change
NAMES = {
    "models": "the weights",
    "temperatures": "the temperature",
    "prior": "--prior",
    "top": "--top",
}


def made_by(bundles: list[Bundle], prior: str | None, top: int) -> dict[str, Any]:
    """All that predictions of the same pictures depend on, as JSON values."""
    first = bundles[0]
    target = None
    if prior is not None:
        target = target_prior(prior, first.class_names, first.class_counts.tolist())
    return {
        TOLD: [str(bundle.folder.path) for bundle in bundles],
        "models": [bundle.digest for bundle in bundles],
        "temperatures": [round(bundle.temperature_under(prior), 6) for bundle in bundles],
        "prior": None if target is None else np.round(target, 9).tolist(),
        "top": top,
    }


def claim(file: Path, maker: dict[str, Any]) -> None:
    """Note what a file is made by, or find that it is the same as before.

    Args:
        file: of predictions, new or to be gone on with.
        maker: see `made_by`.

    Raises:
        UserError: for a file of something else.
    """
    note = file.with_name(f"{file.name}.json")
    elsewhere = f"name another --output, or delete {file} and {note.name} first"
    if file.exists() or file.with_name(file.name + ROWS).exists():
        try:
            before = json.loads(note.read_text())
        except (OSError, ValueError) as e:
            raise UserError(
                f"{file} is there already, and {note.name}, which tells what it was made by, can't "
                f"be read: {elsewhere}"
            ) from e
        differing = [told for key, told in NAMES.items() if before.get(key) != maker[key]]
        if differing:
            raise UserError(
                f"{file} was made otherwise ({', '.join(differing)} differ): {elsewhere}"
            )
    partial = note.with_name(f"{note.name}.tmp")
    partial.write_text(json.dumps(maker, indent=1) + "\n")
    partial.replace(note)
