"""Priors: the class frequencies that a run's logits hold, and those where they are used.

A classifier's probabilities are right where classes are as frequent as it was taught (its *fitted
prior*). Where they are as frequent as ``target``, softmax(z + log(target / fitted)) is right
(Saerens et al. 2002; Menon et al. 2021). What a method teaches follows from what it draws, weighs
and adds to the logits:

    fitted ∝ q w n^-tau

q is what the sampler draws (n; 1; sqrt n), w the class weights of the loss, tau the share of the
prior that the loss (balanced softmax: 1) or the test (post-hoc adjustment) has taken out already.
Where that isn't all (margins, label smoothing, labels of rare classes mixed in, heads changed after
the training, parts that come late) the prior is fitted on held-out images: `held_out_prior`.
"""

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ltlight.config import choices
from ltlight.config.schema import Config, MethodConfig
from ltlight.errors import UserError, some

# Exponent of n in what a sampler draws. progressively_balanced is none: it moves while it trains.
DRAWN = {"shuffle": 1.0, "square_root": 0.5, "inverse_frequency": 0.0, "class_aware": 0.0}
# remix and cmo are none: they give rare classes more of the labels than they draw.
MIXINGS = ("none", "mixup", "regmixup", "cutmix")
LOSSES = ("cross_entropy", "focal", "balanced_softmax", "logit_adjusted")


def known_prior(config: Config, class_counts: Sequence[int]) -> np.ndarray | None:
    """The prior that the logits of a run hold, as they are tested.

    Args:
        config: of the run.
        class_counts: n, training images of every class.

    Returns:
        float64 [C] that adds up to 1, 0 for a class without images; None where it has to be fitted.
    """
    n = np.asarray(class_counts, dtype=np.float64)
    if config.trainer.max_epochs == 0:  # it tested weights of which it knows nothing
        return None
    log_n = np.log(n, out=np.zeros_like(n), where=n > 0)
    learnt = _learnt(config.method, class_counts, log_n)
    if learnt is None:
        return None
    log_prior = learnt - config.method.posthoc_tau * log_n
    prior = np.where(n > 0, np.exp(log_prior - log_prior.max()), 0.0)
    return prior / prior.sum()


def _learnt(method: MethodConfig, counts: Sequence[int], log_n: np.ndarray) -> np.ndarray | None:
    """Log of the prior that the training taught, up to a constant; None where it isn't known."""
    if method.second_stage == "crt" and method.loss != "label_aware_smoothing":
        return np.zeros_like(log_n)  # a fresh head, trained on balanced draws
    deferred = method.sampler_from > 0 or method.class_weights_from > 0
    if (
        method.second_stage != "none"
        or deferred
        or method.sampler not in DRAWN
        or method.mix not in MIXINGS
        or method.loss not in LOSSES
    ):
        return None
    tau = {"balanced_softmax": 1.0, "logit_adjusted": method.loss_tau}.get(method.loss, 0.0)
    weigh = choices.load(choices.CLASS_WEIGHTS, method.class_weights)
    log_weights = 0.0 if weigh is None else np.log(weigh(counts).double().numpy())
    return (DRAWN[method.sampler] - tau) * log_n + log_weights


def target_prior(asked: str, class_names: Sequence[str], class_counts: Sequence[int]) -> np.ndarray:
    """The class frequencies where predictions will be used, float64 [C] that adds up to 1.

    Args:
        asked: ``train``, those of the training images; ``uniform``; or a file, see
            `read_weights`.
        class_names: C names.
        class_counts: training images of every class.

    Raises:
        UserError: for a file that can't be used.
    """
    if asked == "train":
        weights = np.asarray(class_counts, dtype=np.float64)
    elif asked == "uniform":
        weights = np.ones(len(class_names))
    else:
        weights = read_weights(Path(asked).expanduser(), class_names)
    return weights / weights.sum()


def read_weights(file: Path, class_names: Sequence[str]) -> np.ndarray:
    """A weight above 0 for every class, float64 [C], from a file.

    CSV of ``class,weight``, with or without that header, or JSON of ``{"class": weight}``; shares,
    percentages or counts, in any order.

    Raises:
        UserError: naming the class that is missing, unknown, named twice or has no such weight.
    """
    if not file.is_file():
        raise UserError(f"--prior {file} is not a file: give train, uniform or a CSV or JSON file")
    try:
        text = file.read_text(encoding="utf-8-sig")
        pairs = _json_pairs(text) if file.suffix.lower() == ".json" else _csv_pairs(text)
    except (OSError, ValueError) as e:
        raise UserError(f"--prior {file} can't be read ({e}): give class,weight a line") from e
    weights: dict[str, float] = {}
    for name, value in pairs:
        if name in weights:
            raise UserError(f"--prior {file} names class {name} twice")
        weights[name] = _positive(value, name, file)
    unknown, absent = set(weights) - set(class_names), set(class_names) - set(weights)
    if unknown or absent:
        what = (
            f"doesn't know class {some(sorted(absent), 5)}"
            if absent
            else f"has a class {some(sorted(unknown), 5)}"
        )
        raise UserError(f"--prior {file} {what}; the classes are {some(class_names, 20)}")
    return np.array([weights[name] for name in class_names])


def _json_pairs(text: str) -> list[tuple[str, object]]:
    content = json.loads(text, object_pairs_hook=list)
    if not isinstance(content, list) or not all(isinstance(pair, tuple) for pair in content):
        raise ValueError("not an object of class and weight")
    return content


def _csv_pairs(text: str) -> list[tuple[str, object]]:
    rows = [[field.strip() for field in row] for row in csv.reader(text.splitlines()) if row]
    for row in rows:
        if len(row) != 2:
            raise ValueError(f"{','.join(row)} isn't class,weight")
    has_header = bool(rows) and rows[0][1].lower() == "weight"
    return [(row[0], row[1]) for row in rows[has_header:]]


def _positive(value: object, name: str, file: Path) -> float:
    try:
        weight = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        weight = math.nan
    if not (math.isfinite(weight) and weight > 0):
        raise UserError(f"--prior {file}: class {name} has weight {value}, which must be above 0")
    return weight
