"""The folds of a cross-validation taken together: a seed whose folds are all there is one member.

Its test set is that of all folds: every image is tested once, by the network that was not trained
on it. Scores of a confusion matrix are those of the folds' matrices added up, not means of the
folds': in a fold, a rare class has few images or none, and the mean of such macro-F1 is biased
(Forman and Scholz, Apples-to-Apples in Cross-Validation Studies, 2010). Other scores are means over
the folds, weighted by their images.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ltlight.metrics.scores import f1_by_class, precisions, scores
from ltlight.report.results.member import Member
from ltlight.report.results.predictions import together

BY_CLASS = {"precision_per_class": precisions, "f1_per_class": f1_by_class}
ONE_SIDED = ("test/sensitivity", "test/specificity", "test/pr_auc")  # of the positive class
TIMES = ("images_per_second",)  # beside seconds/…: of one training, the mean of the folds'


def pool_folds(members: Sequence[Member]) -> tuple[list[Member], list[tuple[Path, str]]]:
    """Members without folds as they are, and those of all folds of a seed as one.

    Args:
        members: single runs, in the order in which the result shall be.

    Returns:
        The members, and (folder, reason) of what can't be shown because folds are missing.
    """
    found: dict[tuple[Any, ...], list[Member]] = {}
    for m in members:
        key = (m.data, m.ratio, m.method, m.seed)
        found.setdefault(key if m.fold is None else (*key, m.config["data"]["folds"]), []).append(m)
    pooled, missing = [], []
    for several in found.values():
        if several[0].fold is None:
            pooled += several
            continue
        number = several[0].config["data"]["folds"]
        absent = sorted(set(range(number)) - {m.fold for m in several})
        if absent:
            named = ", ".join(map(str, absent))
            where = several[0].folder.path
            reason = (
                f"seed {several[0].seed} has {len(several)} of {number} folds and is left out of "
                f"the report: run data.fold={named.replace(' ', '')} as well"
            )
            missing.append((where.parent.parent, reason))
        else:
            pooled.append(_one(sorted(several, key=lambda m: m.fold or 0)))
    return pooled, missing


def _one(folds: list[Member]) -> Member:
    predictions = together([m.predictions for m in folds])
    recalls = predictions.recalls
    known = [m.metrics for m in folds]
    images = np.array([len(m.predictions.targets) for m in folds])
    names = list(dict.fromkeys(name for metrics in known for name in metrics))
    metrics = {name: _pooled(name, [found.get(name) for found in known], images) for name in names}
    counts = predictions.class_counts
    for name, value in scores(predictions.confusion, counts).items():
        metrics[f"test/{name}"] = None if np.isnan(value) else value
    for name, by_class in {"recall_per_class": lambda _: recalls, **BY_CLASS}.items():
        if name in metrics:
            values = by_class(predictions.confusion).tolist()
            metrics[name] = [None if np.isnan(value) else value for value in values]
    if len({found.get("positive_class") for found in known}) > 1:  # the rarer one is not the same
        metrics |= {"positive_class": known[0]["positive_class"], "threshold": None}
        metrics |= {name: None for name in metrics if name.startswith(ONE_SIDED)}
    metrics |= {
        "class_counts": counts.tolist(),
        "test_images": len(predictions.targets),
        "tested_classes": int(np.isfinite(recalls).sum()),
    }
    return replace(folds[0], metrics=metrics, predictions=predictions, folds=tuple(folds))


def _pooled(name: str, values: list[Any], images: np.ndarray) -> Any:
    """One value for all folds; None where each has its own and their mean means nothing."""
    if all(value == values[0] for value in values):
        return values[0]
    known = [i for i, value in enumerate(values) if isinstance(value, int | float)]
    if not known:
        return None
    if name.startswith("test/"):
        return float(np.average([values[i] for i in known], weights=images[known]))
    if name.startswith("seconds/") or name in TIMES:
        return float(np.mean([values[i] for i in known]))
    return None
