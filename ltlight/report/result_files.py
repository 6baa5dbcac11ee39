"""`results.md`, `comparisons.csv`, `results.csv`, `errors.csv`: tables, metrics, mistakes."""

import csv
from collections.abc import Sequence
from pathlib import Path

from ltlight.report.results import misclassified
from ltlight.report.results.seed_average import SeedAverage
from ltlight.report.results.sweep import Sweep, missing
from ltlight.report.sections.detail_table import detail_notes, detail_table
from ltlight.report.sections.folds_table import NOTE as FOLDS_NOTE
from ltlight.report.sections.folds_table import TITLE as FOLDS
from ltlight.report.sections.folds_table import folds_table
from ltlight.report.sections.numbers import (
    FILE,
    THE_RULE,
    comparisons_csv,
    numbers_note,
    numbers_table,
)
from ltlight.report.sections.tested_on import what_was_tested
from ltlight.report.sections.two_class_tables import two_class_tables
from ltlight.report.stats.advice import advice
from ltlight.report.stats.comparison import Comparison
from ltlight.report.stats.details import details
from ltlight.report.stats.ranking import Ranking
from ltlight.report.stats.verdict import headline

# Scores of a run with post-hoc logit adjustment, and of the average of its method's seeds.
SCORES = ("accuracy", "f1_macro", "balanced_accuracy")


def write_results(
    sweep: Sweep,
    comparisons: Sequence[Comparison],
    rankings: Sequence[Ranking],
    averages: Sequence[SeedAverage] = (),
) -> list[Path]:
    """Write the four beside the runs; returns their paths."""
    markdown, compared, every_run, errors = (
        sweep.path / name for name in ("results.md", FILE, "results.csv", misclassified.FILE)
    )
    parts = [f"# {headline(rankings)}", sweep.path.name, *what_was_tested(sweep)]
    parts += _compared(rankings, comparisons, averages)
    folds = folds_table(sweep)
    if folds is not None:
        parts += [f"## {FOLDS}", folds.markdown(), FOLDS_NOTE]
    for title, table, note in two_class_tables(sweep):
        parts += [f"## {title}", table.markdown(), note]
    parts += ["## Every score, mean ± standard deviation over seeds"]
    parts += [detail_table(sweep, averages).markdown(), detail_notes(sweep, averages)]
    parts += [f"[{misclassified.FILE}]({misclassified.FILE}): {misclassified.told(sweep)}."]
    if sweep.unfinished:
        parts += ["## Missing", "\n".join(f"- {line}" for line in missing(sweep))]
    markdown.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    compared.write_text(comparisons_csv(rankings), encoding="utf-8")
    _write_csv(sweep, averages, every_run)
    _write_errors(sweep, errors)
    return [markdown, compared, every_run, errors]


def _compared(
    rankings: Sequence[Ranking],
    comparisons: Sequence[Comparison],
    averages: Sequence[SeedAverage],
) -> list[str]:
    """What follows from the comparisons, and their table."""
    sentences = advice(rankings)
    parts = ["\n".join(f"- {s}" for s in sentences)] if sentences else []
    for r in rankings:
        if found := details(r):
            parts += [f"## {r.group.title}", "\n".join(f"- {s}" for s in found)]
    table = numbers_table(rankings, comparisons, averages)
    return [*parts, "## Every comparison", table.markdown(), THE_RULE, numbers_note(table)]


def _write_csv(sweep: Sweep, averages: Sequence[SeedAverage], path: Path) -> None:
    """A run a row; the average of its method's seeds is in columns: a row would be no run."""
    found = {average.key: average for average in averages}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        scalars = sorted({k for m in sweep.finished for k, v in m.metrics.items() if _scalar(v)})
        names = [f"adjusted/{name}" for name in SCORES]
        names += [f"seed_average/{name}" for name in (*SCORES, "networks", "inferences")]
        writer.writerow(["data", "ratio", "method", "seed", *scalars, *names, "folder"])
        for m in sweep.finished:
            adjusted = m.predictions.adjusted_scores
            values = [m.metrics.get(k) for k in scalars] + [adjusted[name] for name in SCORES]
            values += _averaged(found.get((m.data, m.ratio, m.method)))
            folder = m.folder.path.relative_to(sweep.path)
            if m.folds:
                folder = folder.parent.parent / f"fold=*/{folder.name}"
            writer.writerow([m.data, m.ratio, m.method, m.seed, *values, folder])


def _write_errors(sweep: Sweep, path: Path) -> None:
    """A mistake a row, a run after the other: no more than one run's logits are held."""
    limit = misclassified.rows_a_run(sweep)
    # Names of files need not be valid UTF-8: they are written as the bytes that they are.
    with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        writer = csv.writer(file)
        writer.writerow(misclassified.COLUMNS)
        for member in sweep.finished:
            writer.writerows(misclassified.mistakes(member, limit))


def _averaged(average: SeedAverage | None) -> list[float | None]:
    """Its scores, networks and inferences; empty cells where there is none."""
    if average is None:
        return [None] * (len(SCORES) + 2)
    scores = [average.scores[name] for name in SCORES]
    return [*scores, len(average.members), average.inferences]


def _scalar(value: object) -> bool:
    return value is None or isinstance(value, int | float | str)
