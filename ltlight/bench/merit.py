"""Accuracy and macro-F1 of the plain pipeline, to lay beside those of a sweep of ltlight's.

    python -m ltlight.bench.merit experiment=demo data.ratio=0.02 seed=0,1,2
    python -m ltlight.train -m experiment=demo data.ratio=0.02 seed=0,1,2

The arguments are those of `ltlight.train`; seeds and methods (baseline, improved) may be lists. A
line a run, the scores of the last epoch; the subset of the training images is the same.
"""

import json
import sys
from pathlib import Path
from typing import Any

import lightning as L
import torch
from torchmetrics.functional import accuracy, f1_score

from ltlight.bench import plain
from ltlight.config.compose import composed
from ltlight.config.schema import Config
from ltlight.models.cnn_cifar import CNNCifar
from ltlight.training.build_data import build_data
from ltlight.training.run import silence_lightning


def measure(config: Config) -> dict[str, float]:
    """Train the plain pipeline by a configuration and test it."""
    L.seed_everything(config.seed, verbose=False)
    data = build_data(config)
    classes = len(data.class_counts)
    net = CNNCifar(classes, config.data.image_size, width=config.model.width)
    model = plain.PlainClassifier(net, lr=config.optim.lr)
    improved = config.method.name == "improved"
    L.Trainer(
        max_epochs=config.trainer.max_epochs,
        accelerator=config.trainer.accelerator,
        limit_val_batches=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=sys.stdout.isatty(),
        enable_model_summary=False,
    ).fit(
        model,
        plain.train_loader(data.train_set, improved, config.data.batch_size, 0, config.data.mirror),
    )
    model.eval()
    with torch.inference_mode():
        batches = [(model.net(x), y) for x, y in plain.test_loader(data.test_set, 500, 0)]
    logits, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    task: dict[str, Any] = {"task": "multiclass", "num_classes": classes, "average": "macro"}
    return {
        "test/accuracy": (logits.argmax(1) == labels).float().mean().item(),
        "test/balanced_accuracy": accuracy(logits, labels, **task).item(),
        "test/f1_macro": f1_score(logits, labels, **task).item(),
    }


def main() -> None:
    """One line of JSON a run, also in ``outputs/merit.jsonl``."""
    silence_lightning()
    given = dict(a.split("=", 1) for a in sys.argv[1:])
    seeds, methods = given.pop("seed", "0"), given.pop("method", "baseline,improved")
    rest = [f"{key}={value}" for key, value in given.items()]
    Path("outputs").mkdir(exist_ok=True)
    for method in methods.split(","):
        for seed in seeds.split(","):
            config = composed([*rest, f"seed={seed}", f"method={method}"])
            run = {"overrides": rest, "method": method, "seed": int(seed), **measure(config)}
            with Path("outputs/merit.jsonl").open("a") as file:
                print(line := json.dumps(run), file=file)
            print(line, flush=True)


if __name__ == "__main__":
    main()
