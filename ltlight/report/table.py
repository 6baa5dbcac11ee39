"""The table at the end of a sweep: on the terminal, as Markdown, and every figure as CSV."""

import csv
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ltlight.report.published import REPORT
from ltlight.report.results import HEADLINES, Comparison, Sweep, compare, mean_gains

F1, ACCURACY = HEADLINES
COLUMNS = ("data", "ratio", "method", "seeds", "macro-F1", "gain", "accuracy %", "gain (points)")
REPORT_COLUMNS = ("report: macro-F1", "report: accuracy %")
DETAILS = {
    "macro-F1": "test/f1_macro",
    "accuracy": "test/accuracy",
    "balanced accuracy": "test/balanced_accuracy",
    "many-shot": "test/recall_many",
    "medium-shot": "test/recall_medium",
    "few-shot": "test/recall_few",
    "worst class": "test/recall_worst",
}


def main_table(comparisons: list[Comparison]) -> tuple[list[str], list[list[str]]]:
    """Header and rows: before → after and the gain of every method at every ratio.

    The spread after ± is the sample standard deviation over seeds of the paired gain.
    """
    with_report = any((c.data, c.ratio, c.method) in REPORT for c in comparisons)
    header = [*COLUMNS, *(REPORT_COLUMNS if with_report else ())]
    rows = []
    for c in comparisons:
        row = [c.data, f"{c.ratio:g}", c.method, str(len(c.seeds))]
        row += [_arrow(c, F1, 1, 4), _gain(c.gain(F1), 1, 4)]
        row += [_arrow(c, ACCURACY, 100, 2), _gain(c.gain(ACCURACY), 100, 2)]
        rows.append(row + ([_published(c, 0), _published(c, 1)] if with_report else []))
    for data, method in dict.fromkeys((c.data, c.method) for c in comparisons if c.before):
        chosen = [c for c in comparisons if c.data == data and c.method == method and c.before]
        if len(chosen) < 2:
            continue
        f1, accuracy = (mean_gains(chosen, method, figure) for figure in HEADLINES)
        row = [data, "mean gain", method, "", "", f"{f1:+.4f}", "", f"{100 * accuracy:+.2f}"]
        rows.append(row + (_published_means(chosen) if with_report else []))
    return header, rows


def detail_table(sweep: Sweep) -> tuple[list[str], list[list[str]]]:
    """Header and rows: mean ± standard deviation over seeds of every figure, a method a row."""
    groups: dict[tuple, list[dict]] = {}
    for m in sweep.finished:
        groups.setdefault((m.data, m.ratio, m.method), []).append(m.metrics)
    rows = []
    for (data, ratio, method), runs in groups.items():
        row = [data, f"{ratio:g}", method, str(len(runs))]
        for name in DETAILS.values():
            values = [run[name] for run in runs if run[name] is not None]
            row.append(_spread(100 * np.array(values), 1) if values else "–")
        rows.append(row)
    return [*COLUMNS[:4], *(f"{name} %" for name in DETAILS)], rows


def show(sweep: Sweep, console: Console) -> None:
    """Print the main table, and name what failed or is missing."""
    header, rows = main_table(compare(sweep))
    table = Table(title=f"Before → after: {sweep.path}", title_justify="left")
    for position, name in enumerate(header):
        table.add_column(name, justify="left" if position in (0, 2) else "right")
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        table.add_row(*row, end_section=following is not None and row[1] != following[1])
    if rows:
        console.print(table)
    for path, reason in sweep.unfinished:
        console.print(f"missing: {path}: {reason}", markup=False, soft_wrap=True)


def write(sweep: Sweep) -> list[Path]:
    """Write `results.md` and `results.csv` beside the runs; returns their paths."""
    markdown = sweep.path / "results.md"
    parts = [f"# {sweep.path.name}", _markdown(*main_table(compare(sweep)))]
    parts += [
        "Before is the baseline of the same data, ratio and seeds; ± is the sample standard "
        "deviation over seeds, of the paired gain. The columns of the report are published "
        "figures, at full width and one seed.",
        "## Every figure, mean ± standard deviation over seeds",
        _markdown(*detail_table(sweep)),
        "Many-, medium- and few-shot: mean recall of the classes with more than 100, 20 to 100, "
        "and fewer than 20 training images.",
    ]
    if sweep.unfinished:
        lines = [f"- `{path}`: {reason.splitlines()[-1]}" for path, reason in sweep.unfinished]
        parts += ["## Missing", "\n".join(lines)]
    markdown.write_text("\n\n".join(parts) + "\n")
    table = sweep.path / "results.csv"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        scalars = sorted({k for m in sweep.finished for k, v in m.metrics.items() if _scalar(v)})
        writer.writerow(["data", "ratio", "method", "seed", *scalars, "folder"])
        for m in sweep.finished:
            values = [m.metrics.get(k) for k in scalars]
            folder = m.folder.path.relative_to(sweep.path)
            writer.writerow([m.data, m.ratio, m.method, m.seed, *values, folder])
    return [markdown, table]


def _scalar(value: object) -> bool:
    return value is None or isinstance(value, int | float | str)


def _arrow(c: Comparison, figure: str, scale: float, digits: int) -> str:
    after = f"{scale * c.after[figure].mean():.{digits}f}"
    return f"{scale * c.before[figure].mean():.{digits}f} → {after}" if c.before else after


def _gain(gain: np.ndarray | None, scale: float, digits: int) -> str:
    if gain is None:
        return ""
    text = f"{scale * gain.mean():+.{digits}f}"
    return text + (f" ± {scale * gain.std(ddof=1):.{digits}f}" if len(gain) > 1 else "")


def _spread(values: np.ndarray, digits: int) -> str:
    text = f"{values.mean():.{digits}f}"
    return text + (f" ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else "")


def _published(c: Comparison, figure: int) -> str:
    methods = (["baseline"] if c.before else []) + [c.method]
    values = [REPORT.get((c.data, c.ratio, method)) for method in methods]
    if None in values:
        return ""
    texts = [f"{v[0]:.4f}" if figure == 0 else f"{100 * v[1]:.2f}" for v in values]
    return " → ".join(texts)


def _published_means(chosen: list[Comparison]) -> list[str]:
    pairs = [
        (REPORT.get((c.data, c.ratio, "baseline")), REPORT.get((c.data, c.ratio, c.method)))
        for c in chosen
    ]
    if any(None in pair for pair in pairs):
        return ["", ""]
    f1, accuracy = np.mean([np.subtract(after, before) for before, after in pairs], axis=0)
    return [f"{f1:+.4f}", f"{100 * accuracy:+.2f}"]


def _markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
