"""The same scores as a plain pipeline."""

import json

from tests.reference.kept import ACCOUNT, KEPT, spread, table_after


def test_the_same_scores_as_a_plain_pipeline():
    lines = (KEPT / "bench" / "merit.jsonl").read_text().splitlines()
    kept = [json.loads(line) for line in lines]
    rows = table_after(ACCOUNT, "## The same scores as a plain pipeline")
    assert len(rows) == 4
    data = ""
    for first, accuracy, f1 in rows:
        data = data if first.startswith("…") else first
        method = first.split()[-1]
        experiment = "experiment=cpu" if data.startswith("CIFAR") else "experiment=demo"
        for cell, metric, scale, digits in (
            (accuracy, "test/accuracy", 100, 1),
            (f1, "test/f1_macro", 1, 3),
        ):
            told = [
                spread(
                    [
                        scale * run[metric]
                        for run in kept
                        if run["pipeline"] == pipeline
                        and run["method"] == method
                        and experiment in run["overrides"]
                    ],
                    digits,
                )
                for pipeline in ("plain", "ltlight")
            ]
            assert cell.split("  ") == told
