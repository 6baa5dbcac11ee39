"""How Lightning writes a checkpoint: whole, verified and synced, or not at all."""

import os
import warnings
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from typing_extensions import override

from ltlight.runs.checkpoints import damage, partial_of, put_in_place

# Those that a run is resumed from, of which the one before is kept: the others can be made again.
RESUMED_FROM = ("last.ckpt", "head.ckpt")

NEEDED = ("state_dict", "loops", "optimizer_states", "callbacks")  # to go on


class VerifiedCheckpointIO(TorchCheckpointIO):
    """Writes beside the target, syncs, reads back, and only then gives the file its name.

    Lightning's own writes into the folder for temporary files and moves from there, which across
    file systems is a copy: killed in it, the new checkpoint is half and the old one gone.
    """

    @override
    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Write one; of those in `RESUMED_FROM` the one before stays.

        Raises:
            OSError: where the disk doesn't take it, or gives back something else; what was there
                before stays.
        """
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = partial_of(path)
        try:
            write_synced(checkpoint, partial)
            wrong = damage(partial)
            if wrong is not None:
                raise OSError(f"{path} was not written as it should be ({wrong})")
            put_in_place(path, keep_previous=path.name in RESUMED_FROM)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def write_synced(checkpoint: dict[str, Any], path: Path) -> None:
    """Write a checkpoint and wait until it is on the disk.

    Raises:
        OSError: where the disk doesn't take it.
    """
    with path.open("wb") as file:
        torch.save(checkpoint, file)
        file.flush()
        os.fsync(file.fileno())


def unreadable(path: Path) -> str | None:
    """What keeps a training from being resumed from a file, or None.

    Beside `damage` it is read, its tensors left on the disk: the list of contents of the archive
    has no checksum.
    """
    wrong = damage(path)
    if wrong is not None:
        return wrong
    try:
        with warnings.catch_warnings(action="ignore"):  # of pickles that it is about to refuse
            saved = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        missing = [key for key in NEEDED if key not in saved]
    except Exception as e:  # torch reads what may be any file, and fails as its bytes have it
        return f"torch can't read it, {type(e).__name__}"
    return f"it has no {missing[0]}" if missing else None
