"""The tables of README.md and outputs/reference/README.md, recomputed from the kept metrics.

A number that was typed wrong, rounded wrong or belongs to a run that was replaced fails here.
Intervals over test images need the predictions and are checked against the kept `results.md`; where
those are kept or were at hand, `comparisons.csv` has the words of the comparisons, else they are
made anew of the kept scores and of that interval, which holds noise between seeds, too: a
difference is decided only where it is with any share of it.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from statistics import mean, stdev

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import rankdata, sem, t

from ltlight.report.results.published import REPORT
from ltlight.report.stats.difference import (
    BETTER,
    UNDECIDED,
    WORSE,
    Difference,
    Family,
    seed_noise,
)
from tests.commands import REPOSITORY

KEPT = REPOSITORY / "outputs" / "reference"
BALANCED = "test/balanced_accuracy"
MARKS = re.compile(r", undecided|\*\*|→")
RATIOS = ("0.1", "0.02", "0.005")
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


def spread(found: Values, digits: int, sign: str = "") -> str:
    """Mean ± sample standard deviation; of one value, the value."""
    text = f"{mean(found):{sign}.{digits}f}"
    return text + (f" ± {stdev(found):.{digits}f}" if len(found) > 1 else "")


def table_after(page: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without the header, emphasis and words."""
    text = (REPOSITORY / page).read_text()
    lines = iter(text[text.index(heading) :].splitlines())
    rows = list(_first_table(lines))[2:]
    assert rows, f"no table below {heading}"
    return [[MARKS.sub("", cell).strip() for cell in row] for row in rows]


def _first_table(lines: Iterator[str]) -> Iterator[list[str]]:
    inside = False
    for line in lines:
        if line.startswith("|"):
            inside = True
            yield line.strip().strip("|").split("|")
        elif inside:
            return


def test_readme_results():
    """The accuracies of the README's first table that are CIFAR-50's and the digits'."""
    compared = 0
    for first, *cells in table_after("README.md", "## Results"):
        data, _, ratio = first.partition(", ")
        studies = {"CIFAR-50": ("cifar50_width0.125", "strong_width0.125")}.get(data)
        if studies is None:
            continue
        methods = ("baseline", "improved", "improved_corrected", "strong")
        for method, cell in zip(methods, cells, strict=False):
            study = studies[method == "strong"]
            assert cell == spread(values(study, ratio, method, "test/accuracy", 100), 1)
            compared += 1
    assert compared == 12


def test_readme_digits():
    """Each of them is of a study that the full account names."""
    rows = {first: cells for first, *cells in table_after("README.md", "## Results")}
    cells = dict(zip(("baseline", "improved"), rows["digits, 0.01"], strict=False))
    for method, cell in cells.items():
        assert cell == spread(values("digits_demo", "0.01", method, "test/accuracy", 100), 1)
    panel = dict(zip(("improved_corrected", "strong"), rows["digits, 0.01"][2:4], strict=True))
    for method, cell in panel.items():
        found = [*panel_values("digits", method, "test/accuracy", 100).values()]
        assert cell == spread(found, 1)


def test_the_reports_method():
    """CIFAR-50-LT: means, spreads and gains; the bootstrap's intervals as in results.md."""
    page = (KEPT / "cifar50_width0.125" / "results.md").read_text()
    ratio, total = "", {"improved": [], "improved_corrected": []}
    for row in table_after("outputs/reference/README.md", "## CIFAR-50-LT"):
        first, method, f1, f1_gain, accuracy, gain, _ = row
        study = "cifar50_width0.125"
        if first == "mean gain" or (not first and not f1):
            of_f1, of_accuracy = zip(*total[method], strict=True)
            assert (f1_gain, gain) == (f"{mean(of_f1):+.3f}", f"{mean(of_accuracy):+.1f}")
            continue
        ratio = first or ratio
        for cell, metric, scale, digits in (
            (f1, "test/f1_macro", 1, 3),
            (accuracy, "test/accuracy", 100, 1),
        ):
            ours = spread(values(study, ratio, method, metric, scale), digits)
            before = spread(values(study, ratio, "baseline", metric, scale), digits)
            assert cell.split("  ") == ([before, ours] if first else [ours])
        won = (
            mean(gains(study, ratio, method, "test/f1_macro")),
            mean(gains(study, ratio, method, "test/accuracy", 100)),
        )
        total[method].append(won)
        assert f1_gain == f"{won[0]:+.3f}"
        mean_gain, interval = gain.split(" ", 1)
        assert mean_gain == f"{won[1]:+.1f}"
        assert interval == kept_interval(page, ratio, method)


def kept_interval(page: str, ratio: str, method: str) -> str:
    """Of the gain in accuracy, from the table of a results.md, to one digit."""
    rows = [line for line in page.splitlines() if line.startswith("|")]
    row = next(r for r in rows if [c.strip() for c in r.split("|")[2:4]] == [ratio, method])
    low, high = re.findall(r"[+-]\d+\.\d+", row.split("|")[8].split("[")[1])
    return f"[{float(low):+.1f}, {float(high):+.1f}]"


def test_strong():
    for row in table_after("outputs/reference/README.md", "## `strong`"):
        ratio, *accuracies, gain, f1 = row
        for method, cell in zip(
            ("baseline", "improved", "improved_corrected", "strong"), accuracies, strict=True
        ):
            study = "strong_width0.125" if method == "strong" else "cifar50_width0.125"
            assert cell == spread(values(study, ratio, method, "test/accuracy", 100), 1)
        ours = values("strong_width0.125", ratio, "strong", "test/accuracy", 100)
        theirs = values("cifar50_width0.125", ratio, "improved", "test/accuracy", 100)
        assert gain == spread([a - b for a, b in zip(ours, theirs, strict=True)], 1)
        before = spread(values("cifar50_width0.125", ratio, "improved", "test/f1_macro"), 3)
        after = spread(values("strong_width0.125", ratio, "strong", "test/f1_macro"), 3)
        assert f1.split("  ") == [before, after]


def panel_values(data: str, method: str, metric: str, scale: float = 1) -> dict[int, float]:
    """Seed to value, of the panel and of the seeds that were added to its best."""
    ratio = {"cifar50": "0.005", "digits": "0.01"}[data]
    found: dict[int, float] = {}
    for study in (f"panel_{data}", f"panel_{data}_best"):  # the later run of a seed counts
        for seed, run in runs(study).get((ratio, method), {}).items():
            found[seed] = scale * run[metric]
    return found


def test_the_panel():
    rows = table_after("outputs/reference/README.md", "## Every remedy, alone")
    assert len(rows) == len({row[0] for row in rows}) > 40
    for method, accuracy, f1, shots, n, digits, n_digits in rows:
        name = method.strip("`")
        on_cifar = panel_values("cifar50", name, "test/accuracy", 100)
        on_digits = panel_values("digits", name, "test/accuracy", 100)
        assert (int(n), int(n_digits)) == (len(on_cifar), len(on_digits))
        assert accuracy == spread([*on_cifar.values()], 1), name
        assert digits == spread([*on_digits.values()], 1), name
        assert f1 == spread([*panel_values("cifar50", name, "test/f1_macro").values()], 3), name
        recalls = [
            mean(panel_values("cifar50", name, f"test/recall_{shot}", 100).values())
            for shot in ("many", "medium", "few")
        ]
        assert shots == "/".join(f"{r:.0f}" for r in recalls), name


def test_the_demo():
    ratio = ""
    studies = {"EPYC": "digits_demo", "Xeon": "digits_demo_xeon"}
    for first, machine, f1, f1_gain, accuracy, gain in table_after(
        "outputs/reference/README.md", "## Handwritten digits, the demo"
    ):
        ratio, study = first or ratio, studies[machine]
        for cell, metric, scale, digits in (
            (f1, "test/f1_macro", 1, 3),
            (accuracy, "test/accuracy", 100, 1),
        ):
            means = [
                f"{mean(values(study, ratio, method, metric, scale)):.{digits}f}"
                for method in ("baseline", "improved")
            ]
            assert cell.split("  ") == means
        assert f1_gain == spread(gains(study, ratio, "improved", "test/f1_macro"), 3, "+")
        of_accuracy = mean(gains(study, ratio, "improved", "test/accuracy", 100))
        assert gain.split(" ")[0] == f"{of_accuracy:+.1f}"
        page = (KEPT / study / "results.md").read_text()
        assert gain.split(" ", 1)[1] == kept_interval(page, ratio, "improved")


def over_improved(ratio: str) -> Values:
    """Points of `improved_corrected` over `improved`, seed by seed."""
    ours = values("cifar50_width0.125", ratio, "improved_corrected", "test/accuracy", 100)
    theirs = values("cifar50_width0.125", ratio, "improved", "test/accuracy", 100)
    return [a - b for a, b in zip(ours, theirs, strict=True)]


def t_interval(found: Values) -> tuple[float, float]:
    """Of the mean over seeds, 95 %, by Student's t."""
    return t.interval(0.95, len(found) - 1, mean(found), sem(found))


def test_the_corrected_order_of_transforms():
    """Of the three ratios together, of each, and which of these excludes nought."""
    by_ratio = {ratio: over_improved(ratio) for ratio in RATIOS}
    text = " ".join((KEPT / "README.md").read_text().split())
    text = text[text.index("order of transforms costs") :][:600]
    of_all = [mean(of_seed) for of_seed in zip(*by_ratio.values(), strict=True)]
    low, high = t_interval(of_all)
    assert f"{mean(of_all):.1f} points [{low:.1f}, {high:.1f}]" in text
    each = [spread(found, 1) for found in by_ratio.values()]
    assert f"{each[0]}, {each[1]} and {each[2]} points higher" in text
    assert [ratio for ratio, found in by_ratio.items() if t_interval(found)[0] > 0] == ["0.1"]
    assert "only the interval at 0.1 excludes nought" in text


def test_published_figures_of_cifar100_lt():
    """Of the papers' methods, and the free adjustment as in results.csv."""
    with (KEPT / "cifar100_lt" / "results.csv").open() as file:
        adjusted = {row["method"]: row["adjusted/accuracy"] for row in csv.DictReader(file)}
    rows = table_after("outputs/reference/README.md", "## Published figures")
    assert len(rows) == 5
    for first, here, _, _, calibration, _ in rows:
        method = first.split("`")[1] if "`" in first else None
        if method is None:
            assert here == f"{100 * float(adjusted['baseline']):.1f}"
            assert calibration == f"{100 * adjusted_calibration('cifar100_lt', '0.01'):.1f}"
        else:
            assert here == spread(values("cifar100_lt", "0.01", method, "test/accuracy", 100), 1)
            assert calibration == spread(values("cifar100_lt", "0.01", method, "test/ece", 100), 1)


def adjusted_calibration(study: str, ratio: str) -> float:
    """Expected calibration error of the baseline's logits - log prior, from the predictions."""
    [file] = (KEPT / study).glob(f"*/ratio={ratio}/method=baseline/seed=0/predictions.npz")
    with np.load(file) as kept:
        targets, logits, counts = kept["targets"], kept["logits"], kept["class_counts"]
    probability = softmax(logits.astype(np.float64) - np.log(counts / counts.sum()), axis=1)
    sure, hit = probability.max(axis=1), probability.argmax(axis=1) == targets
    bins = np.clip(np.ceil(15 * sure).astype(int) - 1, 0, 14)
    gaps = [abs((hit[bins == b] - sure[bins == b]).sum()) for b in range(15)]
    return float(np.sum(gaps) / len(targets))


def test_label_over_smoothing_with_more_epochs():
    found = [
        spread(values(study, "0.1", "los", "test/accuracy", 100), 1)
        for study in ("lite0_los", "lite0_panel")
    ]
    text = " ".join((KEPT / "README.md").read_text().split())
    assert "it has {} % in the place of {}".format(*found) in text


@pytest.mark.parametrize("study", ["", "_epyc", "_bf16", "_onwards", "_balanced_draws"])
def test_full_width(study):
    """The kept runs at full width: to the digits printed."""
    text = (KEPT / "README.md").read_text()
    for (ratio, method), by_seed in runs(f"full_width{study}").items():
        for run in by_seed.values():
            said = f"{100 * run['test/accuracy']:.2f}, {run['test/f1_macro']:.4f}"
            assert said in text, (ratio, method)


def at_full_width(*studies: str, method: str) -> Values:
    """Accuracy of seed 0 in %, a study (its name's end) by ratio from 0.1 downwards."""
    return [
        values(f"full_width{study}", ratio, method, "test/accuracy", 100)[0]
        for study, ratio in zip(studies, RATIOS, strict=True)
    ]


def below_the_report(found: Values, method: str) -> Values:
    """Points, by ratio from 0.1 downwards."""
    report = [100 * REPORT["cifar50", float(ratio), method][1] for ratio in RATIOS]
    return [a - b for a, b in zip(report, found, strict=True)]


def listed(found: Values) -> str:
    return "{:.1f}, {:.1f} and {:.1f}".format(*found)


def test_full_width_beside_the_report():
    """The differences that the texts tell, in points of accuracy: before, after, after in steps."""
    before = at_full_width("_bf16", "_bf16", "_bf16", method="baseline")
    alone = at_full_width("_bf16", "", "_epyc", method="improved")
    after = at_full_width("_onwards", "_onwards", "_onwards", method="improved")
    [drawn] = values("full_width_balanced_draws", "0.02", "improved", "test/accuracy", 100)
    below, of_alone, of_after = (
        below_the_report(found, method)
        for found, method in ((before, "baseline"), (alone, "improved"), (after, "improved"))
    )
    gained = [a - b for a, b in zip(after, before, strict=True)]
    page = " ".join((KEPT / "README.md").read_text().split())
    assert f"At 0.02 it is {below[1]:.1f} points below and at 0.1 {below[0]:.1f}:" in page
    assert f"trained alone**: {listed(of_alone)} points below the report" in page
    assert (
        f"{after[0]:.1f} % at 0.1, {of_after[0]:.1f} points below the report, {after[1]:.1f} at "
        f"0.02, {-of_after[1]:.1f} above it, and {after[2]:.1f} at 0.005, {of_after[2]:.1f} below"
    ) in page
    assert f"twice the report's ({gained[0]:.1f} and {gained[1]:.1f} points" in page
    assert f"agrees at 0.02: {drawn:.1f} % and" in page
    [longer] = values("full_width_onwards", "0.02", "baseline", "test/accuracy", 100)
    theirs = 100 * REPORT["cifar50", 0.02, "baseline"][1]
    assert f"the baseline has {longer:.1f} %, {theirs - longer:.1f} points below the report" in page
    assert f"over *before* is {drawn - before[1]:.1f} points where" in page
    front = " ".join((REPOSITORY / "README.md").read_text().split())
    assert f"30 epochs more at 0.02 {longer:.1f} %" in front
    assert f"*before* has {listed(before)} %, {listed(below)} points below the report" in front
    assert f"*after* {listed(alone)} %, {listed(of_alone)} below" in front
    assert f"baseline's weights it has {listed(after)} %" in front
    assert f"{drawn:.1f} % at 0.02" in front


@pytest.mark.parametrize(
    ("study", "run", "epochs", "words"),
    [
        (
            "_bf16",
            "0.1/method=improved",
            (30, 40, 50),
            "at 0.1 {} % after 30 epochs, {} after 40, {} after 50",
        ),
        ("", "0.02/method=improved", (35, 40), "at 0.02 {} after 35 and {} after 40"),
        ("_onwards", "0.02/method=baseline", (10, 20), "({} % after 10 of the 30, {} after 20)"),
        (
            "_balanced_draws",
            "0.02/method=improved",
            (20,),
            "draws has {} % after about as many steps (15,640)",
        ),
        (
            "_balanced_draws",
            "0.02/method=improved",
            (25, 30, 45),
            "{} % after 25 epochs, {} after 30, {} after 45",
        ),
        (
            "_balanced_draws",
            "0.02/method=improved",
            (25, 30),
            "draws has {} % after 19,550 steps and {} after 23,460",
        ),
        ("_onwards", "0.005/method=improved", (20, 40), "({} % after 20 epochs, {} after 40)"),
        (
            "_onwards",
            "0.1/method=improved",
            (20, 40, 50),
            "({} after 20, {} after 40, {} after 50)",
        ),
    ],
)
def test_curves_at_full_width(study, run, epochs, words):
    """What the text says of the test accuracy on the way."""
    file = KEPT / f"full_width{study}" / f"cifar50/ratio={run}/seed=0/curves.jsonl"
    points = [json.loads(line) for line in file.read_text().splitlines()]
    found = {p["epoch"]: f"{100 * p['test/accuracy']:.1f}" for p in points if "test/accuracy" in p}
    page = " ".join((KEPT / "README.md").read_text().split())
    assert words.format(*(found[epoch] for epoch in epochs)) in page


def test_published_figures_on_the_front_page():
    """The same as those of outputs/reference."""
    front = " ".join((REPOSITORY / "README.md").read_text().split())
    names = ("cross-entropy", "logit adjustment", "balanced softmax", "cRT", "LDAM-DRW")
    rows = table_after("outputs/reference/README.md", "## Published figures")
    for name, (_, here, papers, *_) in zip(names, rows, strict=True):
        assert re.search(rf"{name} {here}( %)? \({papers}\)", front), name


IDC = {"resized to 32x32": "idc_32", "structure fitted to 50x50": "idc_50"}


def test_idc_before_and_after():
    """Means and gains of five seeds; the words as in comparisons.csv."""
    text = (KEPT / "README.md").read_text()
    text = text[text.index("## IDC") :]
    words = kept_words("idc")
    for first, *cells in table_after("outputs/reference/README.md", "## IDC"):
        study = f"idc/{IDC[first]}"
        row = next(x for x in text.splitlines() if x.startswith(f"| {first} |"))
        assert row.endswith(", undecided |") == (words[IDC[first], "improved"] == UNDECIDED)
        for n, (metric, scale, digits) in enumerate(
            (
                ("test/f1_macro", 1, 3),
                ("test/accuracy", 100, 1),
                ("test/balanced_accuracy", 100, 1),
            )
        ):
            told = [
                spread(values(study, "1.0", method, metric, scale), digits)
                for method in ("baseline", "improved")
            ]
            assert cells[2 * n].split("  ") == told
            won = gains(study, "1.0", "improved", metric, scale)
            assert len(won) == 5
            assert cells[2 * n + 1] == spread(won, digits, "+")


def kept_words(study: str) -> dict[tuple[str, str], str]:
    """(data, method) to the word of its gain, of a study of one ratio that keeps them."""
    with (KEPT / study / "comparisons.csv").open() as file:
        return {(row["data"], row["method"]): row["gain/word"] for row in csv.DictReader(file)}


def word_of(studies: Sequence[str], ratio: str, method: str, image_error: float) -> str:
    """Of the gain in balanced accuracy over the baseline, by the rule of the report.

    The rule counts the part of the image error that is not noise between seeds. Less of it can
    widen the interval: the few degrees of freedom between seeds then weigh more.

    Args:
        studies: whose methods are compared together; the later run of a seed counts.
        ratio: as in the path.
        method: one of theirs.
        image_error: standard error of the gain over test images, noise between seeds included.

    Returns:
        `UNDECIDED` too where that part would make the difference.
    """
    scores: dict[str, dict[int, float]] = {}
    for study in studies:
        for (of_ratio, name), by_seed in runs(study).items():
            if of_ratio == ratio:
                found = {s: run["test/balanced_accuracy"] for s, run in by_seed.items()}
                scores.setdefault(name, {}).update(found)
    names = list(scores)
    ours, theirs = scores[method], scores["baseline"]
    common = sorted({*ours} & {*theirs})
    noise = seed_noise(list(scores.values()))
    whole = Difference(
        mean(ours[s] - theirs[s] for s in common),
        len(common),
        image_error**2,
        noise.of(names.index(method)) + noise.of(names.index("baseline")),
        noise.freedom,
        Family(len(names) + 1),
    )
    shares = np.linspace(0, 1, 21)
    words = {replace(whole, images=share * whole.images).word for share in shares}
    return words.pop() if len(words) == 1 else UNDECIDED


def kept_error(study: str, ratio: str, method: str) -> float:
    """Of the gain in accuracy over test images, from the interval in results.md."""
    page = (KEPT / study / "results.md").read_text()
    low, high = map(float, kept_interval(page, ratio, method).strip("[]").split(", "))
    return (high - low) / (2 * 1.96) / 100


CIFAR_50 = ("cifar50_width0.125", "strong_width0.125")
DIGITS = ("panel_digits", "panel_digits_best")


@pytest.mark.parametrize("ratio", RATIOS)
def test_every_gain_on_cifar50_is_decided(ratio):
    """No interval of `strong` is kept: it is that of the widest of the others, doubled."""
    errors = [kept_error(CIFAR_50[0], ratio, m) for m in ("improved", "improved_corrected")]
    for method, error in zip(("improved", "improved_corrected"), errors, strict=True):
        assert word_of(CIFAR_50[:1], ratio, method, error) == BETTER
    assert word_of(CIFAR_50, ratio, "strong", 2 * max(errors)) == BETTER
    row = next(x for x in readme_rows() if x.startswith(f"| CIFAR-50, {ratio} |"))
    assert UNDECIDED not in row


def readme_rows() -> list[str]:
    return (REPOSITORY / "README.md").read_text().splitlines()


def test_what_the_readme_marks_as_undecided():
    cells = next(x for x in readme_rows() if x.startswith("| digits, 0.01 |")).split("|")[3:6]
    words = [
        word_of(["digits_demo"], "0.01", "improved", kept_error("digits_demo", "0.01", "improved")),
        word_of(DIGITS, "0.01", "improved_corrected", 0.0093),  # of panel_digits/results.md
        word_of(DIGITS, "0.01", "strong", 0.0123),
    ]
    assert [UNDECIDED in cell for cell in cells] == [word == UNDECIDED for word in words]
    idc = next(x for x in readme_rows() if x.startswith("| IDC, as it is |")).split("|")[3]
    assert (UNDECIDED in idc) == (kept_words("idc")["idc_50", "improved"] == UNDECIDED)


@pytest.mark.parametrize("study", ["digits_demo", "digits_demo_xeon"])
def test_what_is_decided_of_the_demo(study):
    machine = {"digits_demo": "EPYC", "digits_demo_xeon": "Xeon"}[study]
    text = (KEPT / "README.md").read_text()
    rows = [x for x in text.splitlines() if f"| {machine} |" in x]
    for ratio, row in zip(("0.02", "0.01", "0.005"), rows, strict=True):
        error = kept_error(study, ratio, "improved")
        word = word_of([study], ratio, "improved", error)
        assert row.endswith(", undecided |") == (word == UNDECIDED)


def test_the_words_without_predictions_are_those_with_them():
    """Of the EPYC's demo, made again, to the same scores, for `comparisons.csv`."""
    with (KEPT / "digits_demo" / "comparisons.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["method"] == "improved"]
    assert len(rows) == len(RATIOS)
    for row in rows:
        ratio = row["ratio"]
        found = gains("digits_demo", ratio, "improved", BALANCED)
        assert float(row["gain/mean"]) == pytest.approx(mean(found), abs=1e-6)
        error = kept_error("digits_demo", ratio, "improved")
        assert row["gain/word"] == word_of(["digits_demo"], ratio, "improved", error)


def test_what_mirroring_costs():
    """At 0.1 3.4 ± 1.5 points, which is not enough to be decided."""
    words = {
        ratio: word_of([study], ratio, "improved", kept_error(study, ratio, "improved"))
        for study in ["digits_with_flips"]
        for ratio in RATIOS
    }
    assert words == {"0.1": UNDECIDED, "0.02": WORSE, "0.005": UNDECIDED}


@pytest.mark.parametrize(
    ("ratio", "as_good"),
    [("0.1", {"balanced_softmax", "crt"}), ("0.02", {"balanced_softmax"}), ("0.005", set())],
)
def test_what_is_not_worse_than_the_free_correction_of_frozen_features(ratio, as_good):
    with (KEPT / "lite0_cifar50" / "comparisons.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if float(row["ratio"]) == float(ratio)]
    free = {row["method"]: row["over_free/word"] for row in rows if row["over_free/word"]}
    assert BETTER not in free.values()
    undecided = {method for method, word in free.items() if word == UNDECIDED}
    assert undecided == as_good | {"logit_adjustment"}  # the same under its own name


def test_idc_by_class_and_calibration():
    text = (KEPT / "README.md").read_text()
    size = ""
    rows = table_after("outputs/reference/README.md", "Sensitivity is the share")
    assert len(rows) == 4
    assert "Sensitivity is the share" in text
    for first, method, *cells in rows:
        size = first or size
        told = [
            spread(values(f"idc/{IDC[size]}", "1.0", method, f"test/{name}", scale), digits)
            for name, scale, digits in (
                ("sensitivity", 100, 1),
                ("specificity", 100, 1),
                ("roc_auc", 1, 3),
                ("pr_auc", 1, 3),
                ("ece", 100, 1),
                ("log_loss", 1, 2),
            )
        ]
        assert cells == told


def held_out_idc(size: str, method: str, name: str, scale: float, digits: int) -> str:
    found = values(f"idc_held_out/{size}", "1.0", method, f"test/{name}", scale)
    assert len(found) == 5
    return spread(found, digits)


def test_idc_at_the_fitted_threshold():
    size = ""
    for first, method, *cells in table_after(
        "outputs/reference/README.md", "The same with a fifth of the training images held out"
    ):
        size = first or size
        told = partial(held_out_idc, IDC[size], method)
        assert cells[:2] == [
            told("sensitivity_at_threshold", 100, 1),
            told("specificity_at_threshold", 100, 1),
        ]
        for cell, name, scale, digits in ((cells[2], "ece", 100, 1), (cells[3], "log_loss", 1, 2)):
            both = [told(name, scale, digits), told(f"{name}_calibrated", scale, digits)]
            assert cell.split("  ") == both


def test_readme_idc():
    """The README's row is of the structure that is fitted to 50x50."""
    rows = {first: cells for first, *cells in table_after("README.md", "## Results")}
    for method, cell in zip(("baseline", "improved"), rows["IDC, as it is"], strict=False):
        assert cell == spread(values("idc/idc_50", "1.0", method, "test/accuracy", 100), 1)


def test_the_same_scores_as_a_plain_pipeline():
    lines = (KEPT / "bench" / "merit.jsonl").read_text().splitlines()
    kept = [json.loads(line) for line in lines]
    rows = table_after("outputs/reference/README.md", "## The same scores as a plain pipeline")
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


@pytest.mark.parametrize("ratio", ["0.005", "0.02", "0.1"])
def test_frozen_features(ratio):
    study = "lite0_cifar50"
    rows = table_after("outputs/reference/README.md", f"At ratio {ratio}")
    assert {row[0].strip("`") for row in rows} == {m for r, m in runs(study) if r == ratio}
    for name, accuracy, f1, shots, ece in rows:
        method = name.strip("`")
        assert accuracy == spread(values(study, ratio, method, "test/accuracy", 100), 1)
        assert f1 == spread(values(study, ratio, method, "test/f1_macro"), 3)
        assert ece == spread(values(study, ratio, method, "test/ece", 100), 1)
        recalls = [
            mean(values(study, ratio, method, f"test/recall_{shot}", 100))
            for shot in ("many", "medium", "few")[: shots.count("/") + 1]
        ]
        assert shots == "/".join(f"{r:.0f}" for r in recalls), method


def test_idc_on_frozen_features():
    rows = table_after("outputs/reference/README.md", "### IDC on frozen features")
    assert len(rows) == 12
    size = ""
    for first, method, *cells in rows:
        size = first or size
        study, name = f"lite0_idc_{size}", method.strip("`")
        told = [
            spread(values(f"{study}/idc", "1.0", name, f"test/{metric}", scale), digits)
            for metric, scale, digits in (
                ("balanced_accuracy", 100, 1),
                ("f1_macro", 1, 3),
                ("sensitivity", 100, 1),
                ("specificity", 100, 1),
                ("roc_auc", 1, 3),
                ("pr_auc", 1, 3),
            )
        ]
        assert cells == told
        with (KEPT / study / "comparisons.csv").open() as file:
            words = {row["gain/word"] for row in csv.DictReader(file)} - {""}  # of the baseline
        assert words == {UNDECIDED}


def test_every_method_on_frozen_features():
    rows = table_after("outputs/reference/README.md", "### Every method with a meaning on features")
    with (KEPT / "lite0_panel" / "comparisons.csv").open() as file:
        words = {row["method"]: row for row in csv.DictReader(file)}
    assert len(rows) == 33
    best_first = [
        mean(values("lite0_panel", "0.1", row[0].strip("`"), "test/accuracy")) for row in rows
    ]
    assert best_first == sorted(best_first, reverse=True)
    for named, accuracy, f1, shots, *told in rows:
        method = named.strip("`")
        assert accuracy == spread(values("lite0_panel", "0.1", method, "test/accuracy", 100), 1)
        assert f1 == spread(values("lite0_panel", "0.1", method, "test/f1_macro"), 3)
        many, medium = (
            f"{mean(values('lite0_panel', '0.1', method, f'test/recall_{s}', 100)):.0f}"
            for s in ("many", "medium")
        )
        assert shots == f"{many}/{medium}"
        kept = (words[method]["gain/word"], words[method]["over_free/word"])
        assert told == [word or "–" for word in kept]


def test_heads_trained_together_score_as_one_by_one():
    for method in {method for ratio, method in runs("lite0_cifar50") if ratio == "0.1"}:
        one_by_one, together = (
            values(study, "0.1", method, "test/accuracy")
            for study in ("lite0_cifar50", "lite0_panel")
        )
        assert one_by_one == pytest.approx(together, abs=1e-6)


def test_the_remedy_on_frozen_features_was_chosen_on_held_out_images():
    page = "outputs/reference/README.md"
    rows = table_after(page, "fifty a class, held out before the long tail")
    for named, *cells in rows:
        told = [
            values("lite0_held_out", r, named.strip("`"), "val/balanced_accuracy", 100)
            for r in RATIOS
        ]
        assert cells == [spread(found, 1) for found in told]
    for ratio in RATIOS:
        scores = {
            method: mean(values("lite0_held_out", ratio, method, "val/balanced_accuracy"))
            for r, method in runs("lite0_held_out")
            if r == ratio
        }
        assert len(scores) == 11
        assert max(scores, key=lambda method: scores[method]) == "dbm_bs"
    chosen = table_after(page, "Trained on everything, and tested")
    readme = table_after("README.md", "CIFAR-50 on frozen features")
    for (ratio, *cells, _), (_, *short) in zip(chosen, readme, strict=True):
        study = "lite0_panel" if ratio == "0.1" else "lite0_dbm"
        told = [
            spread(values(study, ratio, method, "test/accuracy", 100), 1)
            for method in ("baseline", "dbm_bs")
        ]
        assert cells == told == short[:2]


def test_trashnet_frozen_and_fine_tuned():
    """Means and spreads of three seeds, and the gains of fine-tuning seed by seed."""
    for method, *cells in table_after("outputs/reference/README.md", "### TrashNet"):
        study = "lite0_trashnet_tuned" if "fine-tuned" in method else "lite0_trashnet"
        name = method.split("`")[1]
        for cell, (metric, scale, digits) in zip(
            cells,
            (
                ("test/accuracy", 100, 1),
                ("test/balanced_accuracy", 100, 1),
                ("test/f1_macro", 1, 3),
                ("test/ece", 100, 1),
            ),
            strict=True,
        ):
            assert cell == spread(values(study, "1.0", name, metric, scale), digits), method
    tuned, frozen = (
        values(study, "1.0", "baseline", "test/accuracy", 100)
        for study in ("lite0_trashnet_tuned", "lite0_trashnet")
    )
    won = [f"{a - b:.1f}" for a, b in zip(tuned, frozen, strict=True)]
    assert f"({won[0]}, {won[1]} and {won[2]} points of accuracy" in readable("TrashNet")


def readable(heading: str) -> str:
    """The text below a heading of the full account, in one line."""
    text = (KEPT / "README.md").read_text()
    return " ".join(text[text.index(heading) :].split())


def test_the_ranking_over_data_sets():
    """Ranks, firsts and gains anew from across.csv, and that from the kept metrics."""
    with (KEPT / "across" / "across.csv").open() as file:
        kept = list(csv.DictReader(file))
    cells = list(dict.fromkeys((row["sweep"], row["data"], row["ratio"]) for row in kept))
    methods = list(dict.fromkeys(row["method"] for row in kept))
    scores = np.zeros((len(cells), len(methods)))
    for row in kept:
        cell = sweep, _, ratio = row["sweep"], row["data"], row["ratio"]
        study = sweep if sweep == "lite0_trashnet" else f"across/{sweep}"
        of = values(study, "1.0" if ratio == "natural" else ratio, row["method"], BALANCED)
        assert float(row["balanced_accuracy"]) == pytest.approx(mean(of), abs=1e-6)
        scores[cells.index(cell), methods.index(row["method"])] = mean(of)
    scores = scores.round(9)
    ranks, best = rankdata(-scores, axis=1).mean(axis=0), scores.max(axis=1)
    gain = 100 * (scores - scores[:, [methods.index("baseline")]])
    for name, *said in table_after("outputs/reference/README.md", "### Which remedy in general"):
        m = methods.index(name.strip("`"))
        told = [f"{ranks[m]:.1f}", str((scores[:, m] == best).sum())]
        if name != "`baseline`":
            told += [
                f"{gain[:, m].mean():+.1f}",
                f"{gain[:, m].min():+.1f}, {gain[:, m].max():+.1f}",
            ]
        assert said[: len(told)] == told, name


def test_size_and_views():
    """Means and spreads of three seeds at three ratios."""
    studies = {
        "160 pixels": "across/lite0_cifar50_160",
        "160 pixels, 4 views": "lite0_cifar50_views",
        "224 pixels": "lite0_cifar50_224",
    }
    methods = ("baseline", "logit_adjustment", "balanced_softmax", "dbm_bs")
    ratio, compared = "", 0
    for first, size, *cells in table_after("outputs/reference/README.md", "### Its own 224 pixels"):
        ratio = first or ratio
        for method, cell in zip(methods, cells, strict=True):
            assert cell == spread(values(studies[size], ratio, method, "test/accuracy", 100), 1)
            compared += 1
    assert compared == 9 * 4
