"""Train and test: one run, or with ``-m`` a sweep that ends in a table.

    python -m ltlight.train data=digits data.ratio=0.02 method=improved
    python -m ltlight.train -m data.ratio=0.1,0.02,0.005 method=baseline,improved
    python -m ltlight.train --rerun outputs/…/seed=0    # once more, and compared: ltlight.rerun

Torch is imported when a run starts, not before: ``--help``, a typing error in the configuration and
a sweep whose members are all finished answer at once.
"""

import logging
import os
import re
import shlex
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

import hydra
from hydra.conf import HydraConf
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from ltlight import processes, sweep_progress
from ltlight.config.command_line import home_expanded, overrides_first, overrides_of
from ltlight.config.compose import validated
from ltlight.config.effect import without_effect
from ltlight.config.launchers import ended_early
from ltlight.config.plain_words import plain_words
from ltlight.config.schema import CONF, Config
from ltlight.config.switches import refuse_numbers_as_switches
from ltlight.errors import UserError, one_line, shown
from ltlight.interruption import Interrupted, heeding, pending
from ltlight.launcher import waits
from ltlight.lock import InUse
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.validation import objective
from ltlight.system_errors import keep_threads_quiet, of_the_system

log = logging.getLogger(__name__)


class PlainRecord(logging.LogRecord):
    """What is logged can't command a terminal: files and classes may be called anything."""

    def getMessage(self) -> str:
        """The message, line breaks and tabs kept, its other control characters escaped."""
        return re.sub(r"[^\n\t]+", lambda part: one_line(part[0]), super().getMessage())


FINISHED = "finished"
WARNED: set[tuple[str, str]] = set()  # of a sweep's folder and a key, in this process


def run_member(cfg: DictConfig, folder: RunFolder) -> None:
    """One run of a configuration: skipped if finished, resumed if interrupted.

    In a sweep on cached features it only waits here, to be trained with others.
    """
    hydra_config = HydraConfig.get()
    try:
        config = validated(cfg)
        refuse_numbers_as_switches(hydra_config.overrides.task)
        refuse_vain_keys(config, hydra_config)
    except UserError as e:
        raise processes.in_all(e) from None
    t = config.trainer
    processes.join(t.devices, t.num_nodes, t.timeout, t.accelerator)
    with ExitStack() as held:
        wait = hydra_config.mode == RunMode.MULTIRUN
        if processes.by_first(lambda: begun(config, folder, held, wait)) == FINISHED:
            log.info("finished before: %s", folder.path)
            sweep_progress.count(found=True)
            return
        if waits(config, folder, held):
            return
        from ltlight.training.run import run_experiment

        run_experiment(config, folder)
        if processes.rank() == 0:
            folder.record_anew(asdict(config))
            sweep_progress.count()


def begun(config: Config, folder: RunFolder, held: ExitStack, wait: bool) -> str | None:
    """Lock and claim the folder of a run.

    Args:
        config: of the run.
        folder: of the run.
        held: is given the lock.
        wait: for another process that has it: a sweep beside an equal one does.

    Returns:
        `FINISHED`, or None for a run to be made.
    """
    if config.overwrite or not folder.is_finished:  # else nothing is written
        held.enter_context(folder.lock(wait=wait))
    folder.begin(asdict(config), config.overwrite)
    return FINISHED if folder.is_finished else None


def refuse_vain_keys(config: Config, hydra_config: HydraConf) -> None:
    """Let pass a command line whose every key acts; of a sweep, where it may in others, warn once.

    Raises:
        UserError: naming a key that changes nothing, and what would give it an effect.
    """
    vain = without_effect(config, hydra_config.overrides.task)
    if hydra_config.mode != RunMode.MULTIRUN:
        for _, reason in vain:
            raise UserError(reason)
    sweep, searched = (
        str(Path(hydra_config.sweep.dir).resolve()),
        hydra_config.sweeper.get("params"),
    )
    for key, reason in vain:
        if key not in (searched or {}) and (sweep, key) not in WARNED:
            WARNED.add((sweep, key))
            log.warning("method=%s: %s", config.method.name, reason)


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def main(cfg: DictConfig) -> float | None:
    """Hydra's entry: a failed member of a sweep leaves its reason and lets the others go on.

    Returns:
        What a search maximises, see `validation.OBJECTIVE`: of a run that was finished before as
        well, so that a search resumes where it was interrupted. None where nothing was held out,
        and for a failed member.
    """
    logging.setLogRecordFactory(PlainRecord)  # a launcher's processes come in here
    hydra_config = HydraConfig.get()
    folder = RunFolder(Path(os.path.relpath(hydra_config.runtime.output_dir)))
    keep_threads_quiet(folder.path)
    kept = f"what is in {folder.path} is kept: the same command goes on from there"
    try:
        with heeding(kept), of_a_sweep(hydra_config, kept):  # a launcher's process comes in here
            run_member(cfg, folder)
        return objective(folder)
    except Exception as e:
        told = str(e) if isinstance(e, UserError) else of_the_system(e, folder.path)
        told = told or processes.lost_peer(e, cfg.trainer.timeout)
        mendable = told is not None
        reason = traceback.format_exc() if told is None else one_line(told)
        if not isinstance(e, InUse) and processes.rank() == 0:  # what another process is making
            folder.fail(reason)
        if not processes.is_in_all(e):  # the others are in the middle of this run
            sys.exit(f"error: {reason}")
        if hydra_config.mode == RunMode.MULTIRUN:
            log.error("failed: %s", reason)
            sweep_progress.count()
        elif mendable and processes.rank() > 0:  # the first process says it
            sys.exit(1)
        elif mendable:
            sys.exit(f"error: {reason}")
        else:
            raise
    return None


@contextmanager
def raised_first() -> Iterator[None]:
    """After a signal no other error counts: of several processes one that waits for another fails.

    It waits outside Python, where a signal is only noted.
    """
    try:
        yield
    except Exception:
        if pending():
            raise Interrupted(pending()) from None
        raise


@contextmanager
def of_a_sweep(hydra_config: HydraConf, kept: str) -> Iterator[None]:
    """Let an interruption say that it ends the sweep too; ``kept`` if it says nothing yet."""
    try:
        with raised_first():
            yield
    except Interrupted as e:
        e.kept = e.kept or kept
        if hydra_config.mode == RunMode.MULTIRUN:
            report = shlex.join(["ltlight", "report", hydra_config.sweep.dir])
            e.kept += f"; the sweep stops here ({report} makes the report of what is finished)"
        raise


def cli() -> None:
    """The command line: what the user can mend is one line, anything else a traceback."""
    # Hydra then raises what it would print in several lines of its own.
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")
    logging.setLogRecordFactory(PlainRecord)
    if processes.rank() > 0:  # the first process speaks
        logging.disable(logging.ERROR)
    rerun = any(word.split("=")[0] == "--rerun" for word in sys.argv[1:])
    if not rerun:
        sys.argv[1:] = home_expanded(overrides_first(sys.argv[1:]))
    try:
        with heeding("the same command goes on from what is there"):
            if rerun:
                from ltlight.rerun import main as run_again

                sys.exit(run_again(sys.argv[1:]))
            main()
    except UserError as e:  # of a configuration that names code
        sys.exit(f"error: {e}")
    except Exception as e:
        told = None if rerun else plain_words(e, overrides_of(sys.argv[1:])) or of_the_run_folder(e)
        told = told or ended_early(e)
        if told is None:
            raise
        sys.exit(f"error: {one_line(told)}")


def of_the_run_folder(error: Exception) -> str | None:
    """One line on a run folder that can't be made; None for what happened in it later."""
    inside = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    cause = error if isinstance(error, OSError) else error.__cause__
    if "run_member" in inside or not isinstance(cause, OSError):
        return None
    named = "" if cause.filename is None else f" {shown(cause.filename)}"
    return (
        f"the run folder{named} can't be made or written to ({cause.strerror}): take another "
        "folder to work in, or a shorter name"
    )


if __name__ == "__main__":
    cli()
