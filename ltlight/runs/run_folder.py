"""The run folder: the only contract between training and reporting. Read without torch.

    outputs/<name>/<data>/ratio=<ratio>/method=<method>/seed=<seed>/
        config.yaml       the resolved configuration, written first
        split.csv         path, label, split (train, val or test), group of every image that is
                          used, where images have files; written before the training
        curves.jsonl      one line an epoch: {"epoch": 1, "train/loss": …, "test/accuracy": …}
        last.ckpt         where an unfinished run is resumed; removed when it is finished, with
                          the one before it, see `ltlight.runs.checkpoints`
        best.ckpt         where images are held out: the best epoch on them
        model.ckpt        the weights that were tested; loads with weights_only=True
        predictions.npz   targets int64 [N], logits float32 [N, C], class_counts int64 [C]; with
                          held-out images held_out_targets int64 [V], held_out_logits [V, C];
                          where images have them, files and groups str [N]
        pictures.npz      a few images for the report to show; a run without them is complete
        metrics.json      metrics and provenance, written last: it marks the run as finished
        error.txt         why the last attempt failed; removed by the next
        .lock             held by the process that trains here; its text names it
        tensorboard/      event files
        curves.csv        with logger=csv: the curves as a table
        trackers.json     with logger=mlflow or wandb: what they call the run
        train.log         what was printed

With folds the level ``fold=<k>/`` stands before the seed's. There is no time stamp in the path, so
the same command finds what it made before.
"""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ltlight.errors import UserError, some
from ltlight.lock import InUse, locked
from ltlight.runs import checkpoints, contents
from ltlight.runs.contents import ANEW, FORMAT
from ltlight.runs.records import changes, lacking
from ltlight.runs.whole_files import write_arrays, write_text

NEEDED = ("test/accuracy", "test/f1_macro", "test/balanced_accuracy", "class_names")  # by a report


@dataclass(frozen=True)
class RunFolder:
    """Paths and states of one run."""

    path: Path

    @property
    def last_checkpoint(self) -> Path:
        """Where an unfinished run is resumed."""
        return self.path / "last.ckpt"

    @property
    def head_checkpoint(self) -> Path:
        """Where an unfinished second stage is resumed."""
        return self.path / "head.ckpt"

    @property
    def model_checkpoint(self) -> Path:
        """The weights that were tested."""
        return self.path / "model.ckpt"

    @property
    def curves(self) -> Path:
        """One JSON object an epoch."""
        return self.path / "curves.jsonl"

    @property
    def is_finished(self) -> bool:
        """Whether the metrics are there."""
        return (self.path / "metrics.json").exists()

    @property
    def error(self) -> str | None:
        """Why the last attempt failed, or None."""
        file = self.path / "error.txt"
        return file.read_text(errors="replace").strip() if file.exists() else None

    @property
    def holds_work(self) -> bool:
        """Whether there is something to lose: a checkpoint, or the metrics of a finished run."""
        return self.is_finished or any(self.path.glob("*.ckpt*"))

    @contextmanager
    def lock(self, *, wait: bool) -> Iterator[None]:
        """Keep other processes out while the run is made.

        Args:
            wait: for another that has the folder, instead of refusing.

        Raises:
            InUse: unless ``wait``.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            with locked(self.path / ".lock", str(self.path), wait=wait):
                yield
        except InUse as e:
            raise InUse(
                f"{e}: wait for it, then repeat the command; or train under another name=…"
            ) from None

    def begin(self, config: dict[str, Any], overwrite: bool) -> None:
        """Claim the folder for a configuration: new, to be resumed, or finished.

        What holds neither a checkpoint nor metrics protects nothing: it is claimed anew. In the
        folder of a finished run nothing is changed.

        Raises:
            UserError: if the folder holds a run of another configuration, or a damaged one.
        """
        lost = not (self.is_finished or (self.path / "config.yaml").exists())  # what it was of
        if overwrite or lost or not self.holds_work:
            self._discard()
        else:
            self._refuse_another(config)
        if self.is_finished:
            self.refuse_damaged()
            return
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "error.txt").unlink(missing_ok=True)
        write_text(self.path / "config.yaml", yaml.safe_dump(config, sort_keys=False))

    def record_anew(self, config: dict[str, Any]) -> None:
        """Write the record of a run once more whose folder was deleted while it was made.

        Raises:
            UserError: saying so.
        """
        if not (self.path / "config.yaml").exists():
            self.path.mkdir(parents=True, exist_ok=True)
            write_text(self.path / "config.yaml", yaml.safe_dump(config, sort_keys=False))
            raise UserError(
                f"{self.path} was deleted while the run was made: its results are whole, its first "
                "curves are gone; train it anew with overwrite=true, or leave it"
            )

    def _refuse_another(self, config: dict[str, Any]) -> None:
        record = self.config()
        absent = lacking(record, config)
        if absent:
            file = self.path / "config.yaml"
            raise UserError(f"{file} is cut short, it lacks {some(absent, 3)}: {ANEW}")
        changed = changes(record, config)
        if changed:
            raise UserError(
                f"{self.path} holds a run of another configuration ({', '.join(changed)}): "
                "choose another name=…, or discard that run with overwrite=true; a sweep over "
                "other keys tells its members apart by method.name='baseline_lr${optim.lr}'"
            )

    def refuse_damaged(self) -> None:
        """Let pass a finished run whose metrics and predictions can be read.

        Raises:
            UserError: naming the file.
        """
        metrics, file = self.metrics(), self.path / "metrics.json"
        absent = [name for name in NEEDED if metrics.get(name) is None]
        if absent:
            raise UserError(f"{file} lacks {', '.join(absent)}: {ANEW}")
        if len(metrics["class_names"]) != len(self.predictions()["class_counts"]):
            raise UserError(f"{file} and predictions.npz are not of the same classes: {ANEW}")

    def _discard(self) -> None:
        written = ("metrics.json", "config.yaml", "curves.jsonl", "predictions.npz", "pictures.npz")
        for entry in (*written, "split.csv", "curves.csv", "trackers.json"):
            (self.path / entry).unlink(missing_ok=True)
        for pattern in ("*.ckpt*", "*.tmp", "*.tmp.npz"):  # half files of one that was killed, too
            for file in self.path.glob(pattern):
                file.unlink(missing_ok=True)
        shutil.rmtree(self.path / "tensorboard", ignore_errors=True)

    def _discard_progress(self) -> None:
        """Remove what an unfinished run is resumed from."""
        for checkpoint in (self.last_checkpoint, self.head_checkpoint):
            checkpoints.remove(checkpoint)

    def fail(self, reason: str) -> None:
        """Note why an attempt failed; the metrics of a finished run stay.

        On a full disk the note stays empty; where nothing can be written there is none: what is
        printed says it all the same.
        """
        with suppress(OSError):
            self.path.mkdir(parents=True, exist_ok=True)
            try:
                write_text(self.path / "error.txt", reason + "\n")
            except OSError:
                (self.path / "error.txt").touch()

    def finish(
        self,
        metrics: dict[str, Any],
        targets: np.ndarray,
        logits: np.ndarray,
        class_counts: np.ndarray,
        *,
        held_out: tuple[np.ndarray, np.ndarray] | None = None,
        files: np.ndarray | None = None,
        groups: np.ndarray | None = None,
    ) -> None:
        """Write the results; `metrics.json` last, so a run is finished or it is not.

        Args:
            metrics: flat (``test/accuracy``, …) and provenance, JSON values; nan is
                written as null, in lists as well (the recall of a class without test images).
            targets: int64 [N], of the test set in its own order.
            logits: float32 [N, C].
            class_counts: int64 [C], training images.
            held_out: targets int64 [V] and logits float32 [V, C] of the images held out of the
                training, under the weights that were tested; None where there are none.
            files: str [N], of the test images; None where they have none.
            groups: str [N], what the test images belong to (patients, videos); None: to nothing.
        """
        arrays = {"targets": targets, "logits": logits, "class_counts": class_counts}
        if held_out is not None:
            arrays["held_out_targets"], arrays["held_out_logits"] = held_out
        for name, texts in (("files", files), ("groups", groups)):
            if texts is not None:  # an array of objects could be read by unpickling only
                arrays[name] = np.asarray(texts, dtype=str)
        write_arrays(self.path / "predictions.npz", arrays)
        record = {"format": FORMAT, **{k: _null_nan(v) for k, v in metrics.items()}}
        write_text(self.path / "metrics.json", json.dumps(record, indent=1, allow_nan=False) + "\n")
        self._discard_progress()

    def tracked_as(self, tracker: str) -> str | None:
        """What a tracker calls this run; None where it doesn't know it, or that can't be read."""
        return self._trackers().get(tracker)

    def track_as(self, tracker: str, run: str) -> None:
        """Note it, so that a resumed run goes on under the same name."""
        known = self._trackers() | {tracker: run}
        write_text(self.path / "trackers.json", json.dumps(known) + "\n")

    def _trackers(self) -> dict[str, str]:
        try:
            content = json.loads((self.path / "trackers.json").read_text())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def save_split(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write `split.csv`, see `ltlight.data.split_table`."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([columns, *rows])
        # Names of files need not be valid UTF-8: they are written as the bytes that they are.
        write_text(self.path / "split.csv", text.getvalue(), errors="surrogateescape")

    def save_pictures(self, pictures: dict[str, np.ndarray]) -> None:
        """Write `pictures.npz`, before `finish`: see `ltlight.runs.contents.pictures`."""
        write_arrays(self.path / "pictures.npz", pictures)

    def metrics(self) -> dict[str, Any]:
        """The content of `metrics.json`; see `ltlight.runs.contents` for what may be wrong."""
        return contents.metrics(self.path / "metrics.json")

    def config(self) -> dict[str, Any]:
        """The resolved configuration of the run, nested."""
        return contents.config(self.path / "config.yaml")

    def predictions(self) -> dict[str, np.ndarray]:
        """``targets``, ``logits``, ``class_counts`` and what else there is, see `finish`."""
        return contents.predictions(self.path / "predictions.npz")

    def pictures(self) -> dict[str, np.ndarray] | None:
        """A few images; None where none were saved, or they can't be read (said)."""
        return contents.pictures(self.path / "pictures.npz")


def find_runs(folder: Path) -> list[RunFolder]:
    """Every run below a folder, finished or not, in the order of their paths."""
    marks = ("config.yaml", "error.txt")
    return [
        RunFolder(seed)
        for seed in sorted(folder.glob("**/seed=*"))
        if any((seed / mark).exists() for mark in marks)
    ]


def _null_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_null_nan(entry) for entry in value]
    return None if isinstance(value, float) and np.isnan(value) else value
