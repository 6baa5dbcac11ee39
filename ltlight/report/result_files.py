"""`results.md` and `results.csv`: the tables alone, and every metric of every run."""

import csv
from collections.abc import Sequence
from pathlib import Path

from ltlight.report.results.sweep import Sweep, missing
from ltlight.report.sections.ranking_table import RANKING_NOTE, ranking_table
from ltlight.report.sections.tables import DETAIL_NOTE, detail_table, main_table, notes
from ltlight.report.stats.comparison import Comparison
from ltlight.report.stats.ranking import Ranking
from ltlight.report.stats.recommendation import recommendation

ADJUSTED = ("accuracy", "f1_macro", "balanced_accuracy")  # scores with post-hoc logit adjustment


def write_results(
    sweep: Sweep, comparisons: list[Comparison], rankings: Sequence[Ranking] = ()
) -> list[Path]:
    """Write both beside the runs; returns their paths."""
    markdown = sweep.path / "results.md"
    table = main_table(comparisons)
    parts = [f"# {sweep.path.name}", *_ranked(rankings), table.markdown(), notes(table)]
    parts += ["## Every score, mean ± standard deviation over seeds"]
    parts += [detail_table(sweep).markdown(), DETAIL_NOTE]
    if sweep.unfinished:
        parts += ["## Missing", "\n".join(f"- {line}" for line in missing(sweep))]
    markdown.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    every_run = sweep.path / "results.csv"
    _write_csv(sweep, every_run)
    return [markdown, every_run]


def _ranked(rankings: Sequence[Ranking]) -> list[str]:
    """The rankings as Markdown, with the heading of what follows; nothing where there are none."""
    parts = []
    for r in rankings:
        parts += [f"## Ranking: {r.group.title}", "\n".join(f"- {s}" for s in recommendation(r))]
        parts += [ranking_table(r).markdown()]
    return [*parts, RANKING_NOTE, "## Before → after"] if parts else []


def _write_csv(sweep: Sweep, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        scalars = sorted({k for m in sweep.finished for k, v in m.metrics.items() if _scalar(v)})
        names = [f"adjusted/{name}" for name in ADJUSTED]
        writer.writerow(["data", "ratio", "method", "seed", *scalars, *names, "folder"])
        for m in sweep.finished:
            adjusted = m.predictions.adjusted_scores
            values = [m.metrics.get(k) for k in scalars] + [adjusted[name] for name in ADJUSTED]
            folder = m.folder.path.relative_to(sweep.path)
            writer.writerow([m.data, m.ratio, m.method, m.seed, *values, folder])


def _scalar(value: object) -> bool:
    return value is None or isinstance(value, int | float | str)
