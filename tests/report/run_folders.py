"""Run folders as the training writes them, made in milliseconds: the report can't tell."""

import json
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from ltlight.data.longtail import class_counts
from ltlight.metrics.scores import confusion_matrix, scores
from ltlight.runs.run_folder import RunFolder

METHODS = {"baseline": 1.0, "improved": 0.35, "sampler": 0.6, "augment": 0.9}  # pull of the head


def write_run(
    sweep: Path,
    ratio: float = 0.02,
    method: str = "baseline",
    seed: int = 0,
    *,
    data: str = "toy",
    num_classes: int = 5,
    test_per_class: int = 20,
    train_max: int = 200,
    side: int = 8,
    epochs: int = 10,
    pictures: bool = True,
    pull: float | None = None,
    skill: float = 2.0,
    seconds: float = 1.5,
    metrics: dict | None = None,
    data_keys: dict | None = None,
    method_keys: dict | None = None,
    untested: tuple[int, ...] = (),
    groups: int = 0,
    files: str | None = None,
    fold: int | None = None,
    folds: int = 3,
    held_out: int = 0,
) -> RunFolder:
    """A finished run whose logits are noise, ``skill`` times the truth, and a pull to the head.

    Where ``pull`` is None it is the method's; ``metrics`` replaces some of the file's,
    ``data_keys`` and ``method_keys`` are recorded in the configuration beside the others. Classes
    that are ``untested`` have no test images; those of the others are of so many ``groups``, if
    any; their ``files`` are in a folder of that name, if any. With a ``fold`` the run is one of
    ``folds``, and its test images are its own. Beside them ``held_out`` images of every class are
    recorded.
    """
    parent = sweep / data / f"ratio={ratio:g}" / f"method={method}"
    parent = parent if fold is None else parent / f"fold={fold}"
    folder = RunFolder(parent / f"seed={seed}")
    data_keys = (data_keys or {}) | ({} if fold is None else {"fold": fold, "folds": folds})
    augment = "none" if method in ("baseline", "sampler") else "fig7"
    config = {
        "data": {"name": data, "ratio": ratio} | data_keys,
        "method": {"name": method, "augment": augment} | (method_keys or {}),
    }
    folder.begin(config | {"seed": seed}, overwrite=False)
    counts = np.array(class_counts(num_classes, train_max, ratio))
    tested = np.setdiff1d(np.arange(num_classes), untested)
    targets = np.repeat(tested, test_per_class)
    stream = [seed, int(1000 * ratio), crc32(method.encode()), *([] if fold is None else [fold])]
    generator = np.random.default_rng(stream)
    towards = (METHODS.get(method, 0.5) if pull is None else pull) * np.log(counts / counts.mean())

    def logits_of(labels: np.ndarray) -> np.ndarray:
        noise = generator.normal(size=(len(labels), num_classes))
        return (noise + skill * np.eye(num_classes)[labels] + towards).astype(np.float32)

    logits = logits_of(targets)
    _write_curves(folder, epochs, generator)
    if pictures:
        folder.save_pictures(_pictures(targets, counts, side, generator))
    told: dict[str, Any] = {"groups": np.arange(len(targets)) % groups} if groups else {}
    if files is not None:
        told |= {"files": np.array([f"{files}/{i:03d}.png" for i in range(len(targets))])}
    if fold is not None and groups:
        told |= {"groups": np.char.add(f"{fold}.", told["groups"].astype(str))}
    found = _metrics(targets, logits.argmax(axis=1), counts, epochs)
    found |= {"seconds/train": seconds} | (metrics or {})
    found |= {"tested_classes": len(tested)}
    held = np.repeat(np.arange(num_classes), held_out)
    told |= {"held_out": (held, logits_of(held))} if held_out else {}
    folder.finish(found, targets, logits, counts, **told)
    return folder


def _write_curves(folder: RunFolder, epochs: int, generator: np.random.Generator) -> None:
    lines = []
    for epoch in range(1, epochs + 1):
        noise = float(generator.normal(scale=0.01))
        lines.append({"epoch": epoch, "train/loss": 3 / epoch + noise})
        if epoch % 5 == 0:
            score = 0.6 - 1 / (epoch + 3) + noise
            lines.append({"epoch": epoch, "test/accuracy": score, "test/f1_macro": score - 0.05})
    folder.curves.write_text("".join(json.dumps(line) + "\n" for line in lines))


def _pictures(
    targets: np.ndarray, counts: np.ndarray, side: int, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """Images whose brightness tells their class, with noise over it."""
    num_classes = len(counts)
    per_class = max(1, min(1000 // num_classes, int(np.bincount(targets).max())))
    indices = np.concatenate([np.flatnonzero(targets == c)[:per_class] for c in range(num_classes)])

    def images(*labels: int) -> np.ndarray:
        level = 40 + 170 * np.array(labels)[:, None, None, None] // num_classes
        return (level + generator.integers(0, 40, (len(labels), 3, side, side))).astype(np.uint8)

    shown = np.linspace(0, num_classes - 1, min(10, num_classes)).round().astype(int)
    return {
        "test_indices": indices,
        "test_images": images(*targets[indices]),
        "train_images": images(*shown),
        "train_labels": shown,
        "augmented": np.stack([images(*shown) for _ in range(4)]),
    }


def _metrics(targets: np.ndarray, labels: np.ndarray, counts: np.ndarray, epochs: int) -> dict:
    num_classes = len(counts)
    found = scores(confusion_matrix(targets, labels, num_classes), counts)
    return {
        **{f"test/{name}": value for name, value in found.items()},
        "class_names": [f"class_name_{c:02d}" for c in range(num_classes)],
        "class_counts": counts.tolist(),
        "test_images": len(targets),
        "epochs": epochs,
        **{f"seconds/{part}": 1.5 for part in ("setup", "train", "validate", "test")},
        "images_per_second": 1234.5,
        "command": "python -m ltlight.train -m",
        "finished_at": "2026-01-02T03:04:05+00:00",
        "git_commit": "0123456789abcdef0123456789abcdef01234567",
        "device": "a processor",
        "threads": 2,
        "versions": {"ltlight": "0.1.0", "torch": "2.14.1"},
    }


def write_panel(
    sweep: Path, methods: int = 12, seeds: int = 3, ratios: tuple[float, ...] = (0.02,), **more
) -> None:
    """A sweep of many methods, as `experiment=panel` leaves it.

    Beside the baseline (10 s) stand one that is clearly the best (``sampler``, 20 s), one as good
    and cheaper (``augment``, 12 s), one worse than the baseline (``improved``), and others.
    """
    made = {
        "baseline": {"pull": 1.0, "seconds": 10.0},
        "sampler": {"pull": 0.1, "skill": 2.6, "seconds": 20.0},
        "augment": {"pull": 0.1, "skill": 2.6, "seconds": 12.0},
        "improved": {"pull": 1.4, "seconds": 11.0},
    }
    generator = np.random.default_rng(5)
    for n in range(methods - len(made)):
        made[f"remedy_{n:02d}"] = {
            "pull": generator.uniform(0.2, 1),
            "seconds": generator.uniform(9, 14),
        }
    for name, settings in made.items():
        for seed in range(seeds):
            for ratio in ratios:
                shown = {"pictures": name == "baseline"}
                write_run(sweep, ratio, name, seed, **shown | settings | more)
