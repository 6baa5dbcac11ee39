"""The Hydra callback that ends a search: its trials by their held-out metric, not by the test.

A trial's run folder has test metrics like any other. They are not read here: who picks a trial by
them has chosen on the test set.
"""

import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from omegaconf import DictConfig
from rich.console import Console

from ltlight import sweep_progress
from ltlight.errors import UserError
from ltlight.report.document.table import Table
from ltlight.report.sweep_callback import SweepReport
from ltlight.runs.records import flatten
from ltlight.runs.run_folder import RunFolder, find_runs
from ltlight.runs.validation import OBJECTIVE

SHOWN = 5  # trials on the terminal; search.md has all
OWN_NAME = "method.name"  # differs between all trials and says nothing


class Trial(NamedTuple):
    """A finished trial: its name, held-out metrics in [0, 1], and what told it apart."""

    name: str
    objective: float
    f1: float
    settings: dict[str, Any]
    method: dict[str, Any]


class SearchReport(SweepReport):
    """Hydra callback: prints the best trials and writes `search.md` beside the runs."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Refuse a search that has nothing to go by."""
        super().on_multirun_start(config, **kwargs)
        # Files may bring held-out images of their own; where they don't, the trials say so.
        if config.data.val_fraction == 0 and config.data.root is None:
            sys.exit(
                "error: data.val_fraction=0 holds nothing out to search by, and the test set must "
                "not be: give it as data.val_fraction=0.2"
            )

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Show and write the trials; exit with 1 if none was finished."""
        if os.environ.get("RANK", "0") != "0":
            return
        sweep_progress.end()
        folder = Path(config.hydra.sweep.dir)
        trials, failed = read_trials(folder)
        if not trials:
            sys.exit(f"error: no trial of {folder} was finished: {'; '.join(failed)}")
        report = folder / "search.md"
        report.write_text(written(folder.name, trials, failed), encoding="utf-8")
        show(trials, failed, Console())
        print(f"wrote {report}")


def read_trials(folder: Path) -> tuple[list[Trial], list[str]]:
    """The finished trials, the best first, and a line for each of the others."""
    found: list[tuple[RunFolder, dict[str, Any], dict[str, Any]]] = []
    failed = []
    for run in find_runs(folder):
        try:
            if not run.is_finished:
                raise UserError(run.error or "not finished")
            metrics = run.metrics()
            if metrics.get(OBJECTIVE) is None:
                raise UserError(f"no {OBJECTIVE}: it was trained without a held-out split")
            found.append((run, metrics, run.config()))
        except UserError as e:
            failed.append(f"{run.path.parent.name}: {str(e).strip().splitlines()[-1]}")
    flat = [flatten(config) for _, _, config in found]
    keys = sorted({key for settings in flat for key in settings} - {OWN_NAME})
    varied = [k for k in keys if len({str(settings.get(k)) for settings in flat}) > 1]
    trials = [
        Trial(
            config["method"]["name"],
            metrics[OBJECTIVE],
            metrics["val/f1_macro"],
            {k: settings.get(k) for k in varied},
            config["method"],
        )
        for (_, metrics, config), settings in zip(found, flat, strict=True)
    ]
    return sorted(trials, key=lambda t: -t.objective), failed


def show(trials: list[Trial], failed: list[str], console: Console) -> None:
    """Print the best trials, a paragraph each."""
    title = f"the best of {len(trials)} trials by {OBJECTIVE} (the test set takes no part):"
    console.print(title, markup=False, highlight=False)
    for t in trials[:SHOWN]:
        told = " ".join(f"{k}={_short(v)}" for k, v in t.settings.items())
        text = f"  {100 * t.objective:.2f} %  {t.name}: {told}"
        console.print(text, markup=False, highlight=False, soft_wrap=True)
    if failed:
        console.print(f"{len(failed)} trials were not finished: see search.md", markup=False)


def written(name: str, trials: list[Trial], failed: list[str]) -> str:
    """`search.md`: every trial, and the best as the content of a method's file."""
    header = ["trial", "balanced accuracy %", "macro-F1", *trials[0].settings]
    rows = [
        [t.name, f"{100 * t.objective:.2f}", f"{t.f1:.4f}", *map(_short, t.settings.values())]
        for t in trials
    ]
    best = yaml.safe_dump({**trials[0].method, "name": name}, sort_keys=False)
    parts = [f"# {name}", "Metrics of the images held out of the training set."]
    parts += [Table(header, rows).markdown(), f"## {trials[0].name} as a method"]
    parts += [f"```yaml\n{best}```"]
    if failed:
        parts += ["## Not finished", "\n".join(f"- {line}" for line in failed)]
    return "\n\n".join(parts) + "\n"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
