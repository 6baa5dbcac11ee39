"""The table of before → after.

No section of the page by itself: the first one, `results.md` and the terminal show it.
"""

import numpy as np

from ltlight.report.document.table import NOISE, Table
from ltlight.report.results.published import published
from ltlight.report.results.sweep import ACCURACY, BALANCED, BASELINE, F1
from ltlight.report.stats.comparison import Comparison, best, mean_gain

# Metric: scale and digits as printed.
PRINTED = {F1: (1, 4), ACCURACY: (100, 2), BALANCED: (100, 2)}
GROUP_COLUMNS = ["data", "ratio", "method", "seeds"]
COLUMNS = [
    *GROUP_COLUMNS,
    "macro-F1",
    "gain",
    "accuracy %",
    "gain (points)",
    "balanced\naccuracy %",
    "McNemar p",
    "baseline adjusted:\nmacro-F1,\naccuracy %",
]
REPORT_COLUMN = "report:\nmacro-F1,\naccuracy %"
MAIN_NOTE = (
    "Before → after: the baseline of the same data, ratio and seeds, and the method; means over "
    "seeds, the best of a ratio in bold. ± is the sample standard deviation of the paired gain "
    "over seeds; in brackets its 95 % interval over test images (paired bootstrap of 2,000 "
    "resamples, the same images for both methods and every seed). "
    f"{NOISE} marks a gain within noise: 0 lies in that interval, or in Student's 95 % interval "
    "over the seeds (with one seed, the noise between trainings is unknown). McNemar p: exact, "
    "two-sided, not corrected for the number of comparisons; seeds are pooled so that a test "
    "image counts once, for the method that recognises it under more of them. Baseline adjusted: "
    "what the baseline gets for free at test time from post-hoc logit adjustment, "
    "logits - log prior (Menon et al. 2021, tau 1)."
)
REPORT_NOTE = (
    "The column of the report holds published scores, at full width, one seed and (CIFAR-50) 50 "
    "epochs: a direction wherever the settings differ. It is filled where a run had the report's "
    "classes and numbers of images."
)


def main_table(comparisons: list[Comparison]) -> Table:
    """Before → after and the gain of every method at every ratio, and the mean gain over ratios."""
    with_report = any(published(c.after, c.method) for c in comparisons)
    tops = {metric: best(comparisons, metric) for metric in PRINTED}
    rows = []
    for c in comparisons:
        row = [c.data, c.imbalance, c.method, str(len(c.seeds))]
        for metric in PRINTED:
            row += [arrow(c, metric, tops[metric][c.data, c.ratio]), gain_cell(c, metric)]
        row[-2:] = ["\n".join(row[-2:]).rstrip()]  # balanced accuracy and its gain: one column
        row += [_p_value(c.mcnemar), _free(c)]
        rows.append(row + ([_published(c)] if with_report else []))
    for data, method in dict.fromkeys((c.data, c.method) for c in comparisons if c.before):
        chosen = [c for c in comparisons if c.data == data and c.method == method and c.before]
        if len(chosen) > 1:
            rows.append(_mean_row(chosen, with_report))
    return Table([*COLUMNS, *([REPORT_COLUMN] if with_report else [])], rows, text_columns=3)


def notes(table: Table) -> str:
    """What the columns of a main table mean."""
    return MAIN_NOTE + (f" {REPORT_NOTE}" if REPORT_COLUMN in table.header else "")


def _mean_row(chosen: list[Comparison], with_report: bool) -> list[str]:
    row = [chosen[0].data, "mean gain", chosen[0].method, ""]
    for metric, (scale, digits) in PRINTED.items():
        row += ["", f"{scale * mean_gain(chosen, metric):+.{digits}f}"]
    row.pop(-2)
    return row + ["", ""] + ([_published_mean(chosen)] if with_report else [])


def arrow(c: Comparison, metric: str, top: float | None = None, digits: int | None = None) -> str:
    """``before → after``, means over seeds, or after alone; ``top`` is printed bold."""
    scale, default = PRINTED[metric]
    texts = []
    for of in ("before", "after"):
        if getattr(c, of):
            value = c.values(metric, of).mean()
            text = f"{scale * value:.{default if digits is None else digits}f}"
            texts.append(f"**{text}**" if value == top else text)
    return " → ".join(texts)


def gain_cell(c: Comparison, metric: str) -> str:
    """Mean gain ± deviation over seeds, and the interval over test images below."""
    gain, (scale, digits) = c.gain(metric), PRINTED[metric]
    if not len(gain):
        return ""
    text = f"{NOISE} " if c.is_noise(metric) else ""
    text += f"{scale * gain.mean():+.{digits}f}"
    text += f" ± {scale * gain.std(ddof=1):.{digits}f}" if len(gain) > 1 else ""
    if metric in c.image_intervals:
        low, high = (f"{scale * end:+.{digits}f}" for end in c.image_intervals[metric])
        text += f"\n[{low}, {high}]"
    return text


def _p_value(p: float | None) -> str:
    if p is None:
        return ""
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _free(c: Comparison) -> str:
    """The baseline's macro-F1 and accuracy with logit adjustment."""
    baseline = c.before or (c.after if c.method == BASELINE else [])
    if not baseline:
        return ""
    adjusted = [m.predictions.adjusted_scores for m in baseline]
    f1, accuracy = (np.mean([a[name] for a in adjusted]) for name in ("f1_macro", "accuracy"))
    return f"{f1:.4f}\n{100 * accuracy:.2f}"


def _published(c: Comparison) -> str:
    values = _published_scores(c)
    if not values:
        return ""
    f1, accuracy = zip(*values, strict=True)
    arrows = [[f"{v:.4f}" for v in f1], [f"{100 * v:.2f}" for v in accuracy]]
    return "\n".join(" → ".join(texts) for texts in arrows)


def _published_scores(c: Comparison) -> list[tuple[float, float]]:
    """The report's of the baseline, where there is one, and of the method; none unless all."""
    runs = [*c.before, *c.after]
    methods = ([BASELINE] if c.before else []) + [c.method]
    found = [published(runs, method) for method in methods]
    return [scores for scores in found if scores] if all(found) else []


def _published_mean(chosen: list[Comparison]) -> str:
    pairs = [_published_scores(c) for c in chosen]
    if not all(pairs):
        return ""
    gains = [np.subtract(after, before) for before, after in pairs]
    f1, accuracy = np.mean(gains, axis=0)
    return f"{f1:+.4f}\n{100 * accuracy:+.2f}"
