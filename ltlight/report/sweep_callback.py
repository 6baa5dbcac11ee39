"""The Hydra callback that ends a sweep: its members become a report."""

import os
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override
from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from rich.console import Console

from ltlight import sweep_progress
from ltlight.config.launchers import BASIC, kind_of, share_cores
from ltlight.errors import UserError, shown
from ltlight.report.build import report
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.swept import tell_swept
from ltlight.system_errors import of_the_system


class SweepReport(Callback):
    """Hydra callback: prints the table and writes the report beside the runs.

    Failures are read from the run folders, not from Hydra: members may have run in other processes
    or on other machines (`conf/hydra/launcher`), which learn their share of the cores here.
    """

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Remember when, to tell this sweep's failures from earlier ones'."""
        self.started = time.time()
        launcher = config.hydra.get("launcher") or {}
        if kind_of(launcher) != BASIC:
            if os.environ.get("WORLD_SIZE", "1") != "1":
                sys.exit(
                    "error: torchrun's processes train one member together, and hydra/launcher "
                    "starts members side by side: take one of the two"
                )
            share_cores(launcher)
        names = [o for o in config.hydra.overrides.task if o.startswith("name=")]
        if any("," in o for o in names):
            sys.exit(
                f"error: {names[-1]}: a sweep has one name, the folder of its report; tell members "
                "apart by method.name='baseline_lr${optim.lr}' and the like"
            )
        for override, value in values_given_twice(config.hydra.overrides.task):
            sys.exit(f"error: {shown(override)} names {shown(value)} twice: name each value once")
        if os.environ.get("RANK", "0") == "0":
            sweep_progress.begin(members_of(config.hydra))
            varied = [o for o in overrides_of_sweep(config.hydra) if o.is_sweep_override()]
            tell_swept(str(o.key_or_group) for o in varied)

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Show and write the report; exit with 1 if a member failed."""
        if os.environ.get("RANK", "0") != "0":
            return
        sweep_progress.end()
        try:
            sweep = report(Path(config.hydra.sweep.dir), Console())
        except UserError as e:
            sys.exit(f"error: {e}")
        except Exception as e:  # Hydra would make a warning of it and exit with 0
            told = of_the_system(e, Path(config.hydra.sweep.dir))
            if told is None:
                traceback.print_exc()
            sys.exit(1 if told is None else f"error: {told}")
        runs = [run.folder.path for member in sweep.finished for run in member.runs]
        runs += [path for path, _ in sweep.unfinished]
        failed = [run for run in runs if self._failed_now(run)]
        if failed:
            sys.exit(
                f"error: {len(failed)} of the sweep's members failed: "
                + "; ".join(f"{run}: {_last_line(run)}" for run in failed)
            )

    def _failed_now(self, run: Path) -> bool:
        error = run / "error.txt"
        return error.exists() and error.stat().st_mtime >= self.started


def _last_line(run: Path) -> str:
    """Of its `error.txt`, which a full disk leaves empty."""
    return (RunFolder(run).error or "its reason couldn't be written down").splitlines()[-1]


def values_given_twice(overrides: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(override, value) of every list of a sweep that would run the same member twice."""
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        if override.is_discrete_sweep():
            values = list(override.sweep_string_iterator())
            for value in sorted({v for v in values if values.count(v) > 1}):
                yield str(override.input_line), value


def members_of(hydra: Any) -> int | None:
    """Members of a sweep, from Hydra's configuration of it; None where that isn't told by it."""
    if "n_trials" in hydra.sweeper:  # a search
        return int(hydra.sweeper.n_trials)
    found = overrides_of_sweep(hydra)
    if any(isinstance(override.value(), Glob) for override in found):
        return None
    return len(BasicSweeper.split_arguments(found, None)[0])


def overrides_of_sweep(hydra: Any) -> list[Override]:
    """What a sweep is of: the experiment's lists, and the command line, which overrules them."""
    params = [f"{key}={value}" for key, value in (hydra.sweeper.get("params") or {}).items()]
    found = OverridesParser.create().parse_overrides([*params, *hydra.overrides.task])
    last = {override.key_or_group: override for override in found}
    return [override for override in found if last[override.key_or_group] is override]
