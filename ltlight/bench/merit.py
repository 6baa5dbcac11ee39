"""Accuracy and macro-F1 of the plain pipeline, to lay beside those of a sweep of ltlight's.

    python -m ltlight.bench.merit experiment=demo data.ratio=0.02 seed=0,1,2
    python -m ltlight.train -m experiment=demo data.ratio=0.02 seed=0,1,2

The arguments are those of `ltlight.train`; seeds and methods (baseline, improved) may be lists. A
line a run, the scores of the last epoch; the subset of the training images is the same.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lightning as L
import torch
from torchmetrics.functional import accuracy, f1_score

from ltlight.bench import plain
from ltlight.bench.arguments import METHODS, refuse_unwritable
from ltlight.config.command_line import home_expanded
from ltlight.config.compose import composed
from ltlight.config.plain_words import plain_words
from ltlight.config.schema import Config
from ltlight.errors import UserError, shown
from ltlight.models.cnn_cifar import CNNCifar
from ltlight.runs.records import flatten
from ltlight.training.build_data import build_data
from ltlight.training.run import silence_lightning

# What each method comes to without any other argument, and what may differ from it: `measure` takes
# it, or it says where and not what.
BARE = {name: [f"method={name}"] for name in METHODS}
TAKEN = ("model.width", "optim.lr", "trainer.max_epochs", "trainer.accelerator", "model.image_size")
PLACES = (
    "name",
    "overwrite",
    "seed",
    "trainer.check_val_every_n_epoch",
    "trainer.checkpoint_every_n_epochs",
    "trainer.matmul_precision",
)


def is_free(key: str) -> bool:
    """Whether a key may have another value than the plain pipeline was written with."""
    return key.startswith("data.") or key in (*TAKEN, *PLACES)


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


def runs(words: list[str]) -> list[tuple[list[str], Config]]:
    """The runs that the arguments ask for, all of them checked before the first is trained.

    Args:
        words: ``key=value``, of which ``seed`` and ``method`` may be lists.

    Returns:
        (the other arguments, the configuration) of each.

    Raises:
        UserError: for what the plain pipeline is not.
    """
    for word in words:
        if "=" not in word:
            raise UserError(f"{shown(word)} is no key=value, as `ltlight train` takes them")
    given = dict(word.split("=", 1) for word in words)
    seeds, methods = given.pop("seed", "0"), given.pop("method", ",".join(METHODS))
    rest = [f"{key}={value}" for key, value in given.items()]
    found = []
    for method in methods.split(","):
        if method not in METHODS:
            raise UserError(
                f"method={shown(method)}: the plain pipeline knows {' and '.join(METHODS)} only"
            )
        for seed in seeds.split(","):
            config = composed([*rest, f"seed={seed}", f"method={method}"])
            refuse_what_is_not_plain(config)
            found.append((rest, config))
    return found


def refuse_what_is_not_plain(config: Config) -> None:
    """Let pass what the plain pipeline trains as it is configured.

    Raises:
        UserError: for another network than CNNCifar, and for a method, an optimiser or a trainer
            with something in it that would be left out.
    """
    if config.model.name != "cnn_cifar":
        raise UserError(
            f"model={config.model.name}: the plain pipeline trains cnn_cifar only: leave it out"
        )
    told, trained = flatten(asdict(config)), flatten(asdict(composed(BARE[config.method.name])))
    for key, value in told.items():
        if not is_free(key) and value != trained[key]:
            raise UserError(
                f"{key}={shown(value)} is no part of the plain pipeline, which has {trained[key]}: "
                "leave it out"
            )


def main() -> None:
    """One line of JSON a run, also in ``outputs/merit.jsonl``."""
    silence_lightning()
    words = home_expanded(sys.argv[1:])
    try:
        asked = runs(words)
        refuse_unwritable(Path("outputs/merit.jsonl"), "the file")
    except Exception as e:
        line = str(e) if isinstance(e, UserError) else plain_words(e, words)
        if line is None:
            raise
        sys.exit(f"error: {line}")
    for rest, config in asked:
        method, seed = config.method.name, config.seed
        try:
            run = {"overrides": rest, "method": method, "seed": seed, **measure(config)}
        except UserError as e:
            sys.exit(f"error: {e}")
        with Path("outputs/merit.jsonl").open("a") as file:
            print(line := json.dumps(run), file=file)
        print(line, flush=True)


if __name__ == "__main__":
    main()
