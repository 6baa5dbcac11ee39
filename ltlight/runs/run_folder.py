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
        tensorboard/      event files
        train.log         what was printed

With folds the level ``fold=<k>/`` stands before the seed's. There is no time stamp in the path, so
the same command finds what it made before.
"""

import csv
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ltlight.errors import UserError
from ltlight.runs import checkpoints
from ltlight.runs.records import changes

FORMAT = 1  # of the run folder; raise it when a reader of the old one would go wrong


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
        return file.read_text().strip() if file.exists() else None

    def begin(self, config: dict[str, Any], overwrite: bool) -> None:
        """Claim the folder for a configuration: new, to be resumed, or finished.

        Raises:
            UserError: if the folder holds a run of another configuration.
        """
        file = self.path / "config.yaml"
        if overwrite:
            self._discard()
        elif file.exists():
            changed = changes(yaml.safe_load(file.read_text()), config)
            if changed:
                raise UserError(
                    f"{self.path} holds a run of another configuration ({', '.join(changed)}): "
                    "choose another name=…, or discard that run with overwrite=true; a sweep over "
                    "other keys tells its members apart by method.name='baseline_lr${optim.lr}'"
                )
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "error.txt").unlink(missing_ok=True)
        if not self.is_finished:
            _write(file, yaml.safe_dump(config, sort_keys=False))

    def _discard(self) -> None:
        written = ("metrics.json", "config.yaml", "curves.jsonl", "predictions.npz", "pictures.npz")
        for entry in (*written, "split.csv", "best.ckpt", "model.ckpt"):
            (self.path / entry).unlink(missing_ok=True)
        self._discard_progress()
        shutil.rmtree(self.path / "tensorboard", ignore_errors=True)

    def _discard_progress(self) -> None:
        """Remove what an unfinished run is resumed from."""
        for checkpoint in (self.last_checkpoint, self.head_checkpoint):
            checkpoints.remove(checkpoint)

    def fail(self, reason: str) -> None:
        """Note why an attempt failed; the metrics of a finished run stay."""
        self.path.mkdir(parents=True, exist_ok=True)
        _write(self.path / "error.txt", reason + "\n")

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
        partial = self.path / "predictions.tmp.npz"
        content: dict[str, Any] = arrays
        np.savez_compressed(partial, **content)
        partial.replace(self.path / "predictions.npz")
        record = {"format": FORMAT, **{k: _null_nan(v) for k, v in metrics.items()}}
        _write(self.path / "metrics.json", json.dumps(record, indent=1, allow_nan=False) + "\n")
        self._discard_progress()

    def save_split(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write `split.csv`, see `ltlight.data.split_table`."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([columns, *rows])
        # Names of files need not be valid UTF-8: they are written as the bytes that they are.
        _write(self.path / "split.csv", text.getvalue(), errors="surrogateescape")

    def save_pictures(self, pictures: dict[str, np.ndarray]) -> None:
        """Write `pictures.npz`, before `finish`: see `pictures`."""
        partial = self.path / "pictures.tmp.npz"
        arrays: dict[str, Any] = pictures
        np.savez_compressed(partial, **arrays)
        partial.replace(self.path / "pictures.npz")

    def metrics(self) -> dict[str, Any]:
        """The content of `metrics.json`.

        Raises:
            UserError: for a damaged file or one of another format.
        """
        file = self.path / "metrics.json"
        try:
            content = json.loads(file.read_text())
        except (OSError, ValueError) as e:
            raise UserError(f"{file} can't be read ({e}): run that member anew") from e
        found = content.get("format") if isinstance(content, dict) else None
        if found != FORMAT:
            raise UserError(
                f"{file} is of run folder format {found}, this version reads "
                f"{FORMAT}: run that member anew with overwrite=true"
            )
        return content

    def config(self) -> dict[str, Any]:
        """The resolved configuration of the run."""
        return yaml.safe_load((self.path / "config.yaml").read_text())

    def predictions(self) -> dict[str, np.ndarray]:
        """``targets``, ``logits``, ``class_counts`` and what else there is, see `finish`."""
        with np.load(self.path / "predictions.npz") as arrays:
            return dict(arrays)

    def pictures(self) -> dict[str, np.ndarray] | None:
        """A few images, RGB uint8 [..., 3, S, S], or None where none were saved.

        ``test_images`` [M, …] with ``test_indices`` int64 [M] into the test set; ``train_images``
        [K, …] with ``train_labels`` int64 [K]; ``augmented`` [D, K, …], D draws of each of those.
        """
        file = self.path / "pictures.npz"
        if not file.exists():
            return None
        with np.load(file) as arrays:
            return dict(arrays)


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


def _write(path: Path, text: str, errors: str = "strict") -> None:
    """Replace a file in one step: a reader sees the old or the new one, never half."""
    partial = path.with_name(path.name + ".tmp")
    partial.write_text(text, encoding="utf-8", errors=errors)
    partial.replace(path)
