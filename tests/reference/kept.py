"""Reads what is kept under outputs/reference and what the two pages say of it."""

import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from statistics import mean, stdev

from scipy.stats import sem, t

from ltlight.runs.curves import read_curves
from ltlight.runs.run_folder import RunFolder
from tests.commands import REPOSITORY

KEPT = REPOSITORY / "outputs" / "reference"
FRONT, ACCOUNT = "README.md", "outputs/reference/README.md"
RATIOS = ("0.1", "0.02", "0.005")
BALANCED = "test/balanced_accuracy"
_MARKS = re.compile(r", undecided|\*\*|→")
Values = list[float]


@cache
def runs(study: str) -> dict[tuple[str, str], dict[int, dict]]:
    """(ratio as in the path, method) to seed to metrics."""
    found: dict[tuple[str, str], dict[int, dict]] = {}
    for file in sorted((KEPT / study).rglob("metrics.json")):
        ratio, method, seed = (part.split("=")[1] for part in file.parts[-4:-1])
        found.setdefault((ratio, method), {})[int(seed)] = json.loads(file.read_text())
    assert found, f"{study} is not kept"
    return found


def values(study: str, ratio: str, method: str, metric: str, scale: float = 1) -> Values:
    """Of every seed, in their order."""
    return [scale * run[metric] for _, run in sorted(runs(study)[ratio, method].items())]


def gains(study: str, ratio: str, method: str, metric: str, scale: float = 1) -> Values:
    """Over the baseline of the same study, seed by seed."""
    ours, theirs = runs(study)[ratio, method], runs(study)[ratio, "baseline"]
    return [scale * (ours[s][metric] - theirs[s][metric]) for s in sorted({*ours} & {*theirs})]


def accuracy_by_epoch(study: str, run: str) -> dict[int, float]:
    """On the test set in %, of the epochs at which it was asked; the run as its path in a study."""
    curves = read_curves(RunFolder(KEPT / study / run / "seed=0"))
    asked = {epoch: found.get("test/accuracy") for epoch, found in curves.items()}
    return {epoch: 100 * found for epoch, found in asked.items() if found is not None}


def accuracies(study: str, method: str, column: str) -> Values:
    """In % for every seed, from a column of results.csv, such as ``adjusted/accuracy``."""
    with (KEPT / study / "results.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["method"] == method]
    return [100 * float(row[column]) for row in rows]


def spread(found: Values, digits: int, sign: str = "") -> str:
    """Mean ± sample standard deviation; of one value, the value."""
    text = f"{mean(found):{sign}.{digits}f}"
    return text + (f" ± {stdev(found):.{digits}f}" if len(found) > 1 else "")


def t_interval(found: Values) -> tuple[float, float]:
    """Of the mean over seeds, 95 %, by Student's t."""
    return t.interval(0.95, len(found) - 1, mean(found), sem(found))


def text_of(page: str) -> str:
    """A page of the repository, as it is."""
    return (REPOSITORY / page).read_text()


def in_one_line(page: str, heading: str = "") -> str:
    """From a heading on, without line breaks, so that a sentence is found however it is wrapped."""
    text = text_of(page)
    return " ".join(text[text.index(heading) :].split())


def row_of(page: str, start: str) -> str:
    """The first table row that starts so, as it is."""
    return next(line for line in text_of(page).splitlines() if line.startswith(f"| {start} |"))


def table_after(page: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without the header, emphasis and words."""
    text = text_of(page)
    lines = iter(text[text.index(heading) :].splitlines())
    rows = list(_first_table(lines))[2:]
    assert rows, f"no table below {heading}"
    return [[_MARKS.sub("", cell).strip() for cell in row] for row in rows]


def _first_table(lines: Iterator[str]) -> Iterator[list[str]]:
    inside = False
    for line in lines:
        if line.startswith("|"):
            inside = True
            yield line.strip().strip("|").split("|")
        elif inside:
            return


def kept_interval(study: str, ratio: str, method: str) -> str:
    """Of the gain in accuracy over test images, from the table of results.md, to one digit."""
    page = (KEPT / study / "results.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("|")]
    row = next(r for r in rows if [c.strip() for c in r.split("|")[2:4]] == [ratio, method])
    low, high = re.findall(r"[+-]\d+\.\d+", row.split("|")[8].split("[")[1])
    return f"[{float(low):+.1f}, {float(high):+.1f}]"
