"""A member of a sweep: one finished run, or the folds of one seed taken together."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ltlight.errors import UserError, one_line
from ltlight.report.results.predictions import Predictions, read_predictions
from ltlight.runs.run_folder import RunFolder

F1, ACCURACY, BALANCED = HEADLINES = ("test/f1_macro", "test/accuracy", "test/balanced_accuracy")


@dataclass(frozen=True)
class Member:
    """What is scored once: what it was, and what its folder holds.

    Attributes:
        folder: of the run; of folds, that of the first.
        folds: the runs of all folds of one seed, in their order, where there are folds.
    """

    data: str
    ratio: float
    method: str
    seed: int
    metrics: dict[str, Any] = field(repr=False)
    config: dict[str, Any] = field(repr=False)
    predictions: Predictions
    folder: RunFolder
    folds: tuple["Member", ...] = field(default=(), repr=False)

    @property
    def imbalance(self) -> str:
        """The ratio as printed; data kept as they are have none of their own."""
        natural = self.config["data"].get("profile") == "natural"
        return "natural" if natural else f"{self.ratio:g}"

    @property
    def fold(self) -> int | None:
        """The fold that a single run is tested on; None without folds."""
        return self.config["data"].get("fold")

    @property
    def runs(self) -> tuple["Member", ...]:
        """The runs that it is made of: its folds, or itself."""
        return self.folds or (self,)

    def logits(self) -> np.ndarray:
        """Read anew, float [N, C], in the order of the predictions."""
        return np.concatenate([run.folder.predictions()["logits"] for run in self.runs])


def read_member(run: RunFolder) -> Member:
    """A finished run.

    Raises:
        UserError: for a run whose files are damaged or missing.
    """
    try:
        metrics = run.metrics()
        config = run.config()
        predictions = read_predictions(run, metrics)
        if len(metrics["class_names"]) != len(predictions.class_counts):
            raise KeyError("class_names of as many classes as predictions.npz")
        for name in HEADLINES:
            float(metrics[name])
        # A run folder may be somebody else's, and a class be called what commands a terminal.
        metrics["class_names"] = [one_line(str(name)) for name in metrics["class_names"]]
        return Member(
            data=one_line(config["data"]["name"]),
            ratio=float(config["data"]["ratio"]),
            method=one_line(config["method"]["name"]),
            seed=int(config["seed"]),
            metrics=predictions.of_logits | metrics,
            config=config,
            predictions=predictions,
            folder=run,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as e:
        reason = " ".join(str(e).split())
        raise UserError(
            f"{run.path}: config.yaml or metrics.json is damaged ({type(e).__name__}: {reason}): "
            "run that member anew with overwrite=true"
        ) from e
