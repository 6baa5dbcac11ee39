"""`results.md` and `results.csv`: the tables alone, and every figure of every run."""

import csv
from collections.abc import Sequence
from pathlib import Path

from ltlight.report.results.sweep import Sweep
from ltlight.report.sections.ranking import LEADERBOARD_NOTE, ranking_table
from ltlight.report.sections.tables import DETAIL_NOTE, detail_table, main_table, notes
from ltlight.report.stats.comparison import Comparison
from ltlight.report.stats.ranking import Ranking
from ltlight.report.stats.recommendation import recommendation


def write_results(
    sweep: Sweep, comparisons: list[Comparison], rankings: Sequence[Ranking] = ()
) -> list[Path]:
    """Write both beside the runs; returns their paths."""
    markdown = sweep.path / "results.md"
    table = main_table(comparisons)
    parts = [f"# {sweep.path.name}", *_ranked(rankings), table.markdown(), notes(table)]
    parts += ["## Every figure, mean ± standard deviation over seeds"]
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
    return [*parts, LEADERBOARD_NOTE, "## Before → after"] if parts else []


def missing(sweep: Sweep) -> list[str]:
    """A line for every run that is not there, with its reason."""
    return [
        f"`{path.relative_to(sweep.path)}`: {reason.strip().splitlines()[-1]}"
        for path, reason in sweep.unfinished
    ]


def _write_csv(sweep: Sweep, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        scalars = sorted({k for m in sweep.finished for k, v in m.metrics.items() if _scalar(v)})
        adjusted = ("accuracy", "f1_macro", "balanced_accuracy")
        names = [f"adjusted/{name}" for name in adjusted]
        writer.writerow(["data", "ratio", "method", "seed", *scalars, *names, "folder"])
        for m in sweep.finished:
            figures = m.predictions.adjusted_scores
            values = [m.metrics.get(k) for k in scalars] + [figures[name] for name in adjusted]
            folder = m.folder.path.relative_to(sweep.path)
            writer.writerow([m.data, m.ratio, m.method, m.seed, *values, folder])


def _scalar(value: object) -> bool:
    return value is None or isinstance(value, int | float | str)
