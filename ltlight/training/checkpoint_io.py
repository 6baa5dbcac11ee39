"""How Lightning writes a checkpoint: whole, verified and synced, or not at all."""

import logging
import os
import warnings
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from typing_extensions import override

from ltlight.callbacks.checkpointing import PLACE
from ltlight.processes import by_first
from ltlight.runs.checkpoints import (
    clear_partial,
    damage,
    newest_whole,
    partial_of,
    put_in_place,
)

log = logging.getLogger(__name__)

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


def checkpoint_to_resume(path: Path) -> Path | None:
    """The newest whole one of a checkpoint and the one before it, or None: see `newest_whole`.

    It is said what is resumed, and where it was computed with another number of threads, which
    changes the last bits. What a killed process left half written is removed. Of several processes
    the first does all that.
    """
    found = by_first(lambda: _text(_whole_and_said(path)))
    return None if found is None else Path(found)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _whole_and_said(path: Path) -> Path | None:
    found = newest_whole(path, unreadable)
    clear_partial(path.parent)
    if found is not None:
        log.info("resuming from %s", found)
        before = _read(found).get(PLACE, {}).get("threads")
        now = torch.get_num_threads()
        if before not in (None, now):
            log.warning(
                "it was computed with %d thread%s, and this process has %d: the last bits will "
                "differ from those of a run without an interruption; OMP_NUM_THREADS=%d makes them "
                "equal",
                before,
                "s" * (before > 1),
                now,
                before,
            )
    return found


def unreadable(path: Path) -> str | None:
    """What keeps a training from being resumed from a file, or None.

    Beside `damage` it is read, its tensors left on the disk: the list of contents of the archive
    has no checksum.
    """
    wrong = damage(path)
    if wrong is not None:
        return wrong
    try:
        saved = _read(path)
        missing = [key for key in NEEDED if key not in saved]
        best = "" if missing else _best_model_path(saved)
    except Exception as e:  # torch reads what may be any file, and fails as its bytes have it
        return f"torch can't read it, {type(e).__name__}"
    if missing:
        return f"it has no {missing[0]}"
    beside = path.with_name(Path(best).name) if best else None
    if beside is not None and (not beside.exists() or damage(beside) is not None):
        return f"the best weights so far, {beside.name}, are missing or damaged"
    return None


def _read(path: Path) -> dict[str, Any]:
    with warnings.catch_warnings(action="ignore"):  # of pickles that it is about to refuse
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    return saved


def _best_model_path(saved: dict[str, Any]) -> str:
    """Where the best epoch is that a checkpoint counts on; "" where it counts on none."""
    states = [state for state in (saved["callbacks"] or {}).values() if isinstance(state, dict)]
    monitors = [state for state in states if state.get("monitor") is not None]
    return next((str(state["best_model_path"]) for state in monitors), "")
