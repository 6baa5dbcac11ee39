"""The parser of learning curves, the metrics that a run logged by epoch. Read without torch."""

import json

from ltlight.runs.run_folder import RunFolder


def read_curves(folder: RunFolder) -> dict[int, dict[str, float]]:
    """The metrics of every epoch, from `curves.jsonl`; empty where there is none.

    A resumed run logs some epochs again: the last value of a metric counts. A line cut short by a
    kill is skipped, its epoch is logged again.

    Args:
        folder: of a run, finished or not.

    Returns:
        Number of epochs done, ascending, to the metrics logged then.
    """
    file = folder.curves
    lines = file.read_text(errors="replace").splitlines() if file.exists() else []
    epochs: dict[int, dict[str, float]] = {}
    for line in lines:
        try:
            entry = json.loads(line)
            epoch = int(entry.pop("epoch"))
        except (ValueError, AttributeError, KeyError, TypeError):
            continue
        numbers = {name: value for name, value in entry.items() if isinstance(value, int | float)}
        epochs.setdefault(epoch, {}).update(numbers)
    return dict(sorted(epochs.items()))
