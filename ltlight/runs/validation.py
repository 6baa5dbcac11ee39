"""Metrics of the images held out of the training set, by which epochs and recipes are chosen."""

from ltlight.runs.curves import read_curves
from ltlight.runs.run_folder import RunFolder

SELECT_BY = "val/f1_macro"  # the best epoch of a run
# What a search maximises. The held-out split is as long-tailed as what it was taken from: plain
# accuracy on it is nearly that of the head, and even macro-F1 counts the head's mistakes against
# the tail's precision more than a balanced test set would. The mean recall over classes doesn't
# depend on how many images a class has: on average it is the accuracy on a balanced test set.
OBJECTIVE = "val/balanced_accuracy"


def held_out_metrics(folder: RunFolder) -> dict[str, float]:
    """The ``val/`` metrics of the epoch that is kept, from the curves; empty without any.

    That is the first of those with the largest `SELECT_BY`, as `ModelCheckpoint` keeps it.
    """
    epochs = [logged for logged in read_curves(folder).values() if SELECT_BY in logged]
    if not epochs:
        return {}
    kept = max(epochs, key=lambda logged: logged[SELECT_BY])
    return {name: value for name, value in kept.items() if name.startswith("val/")}


def objective(folder: RunFolder) -> float | None:
    """A finished run's `OBJECTIVE` in [0, 1]; None where nothing was held out."""
    return folder.metrics().get(OBJECTIVE) if folder.is_finished else None
