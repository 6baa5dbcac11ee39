"""Run a finished run again from its own record: ``ltlight train --rerun RUN``, and compare.

Its `config.yaml` says all that a run computes; the number of threads is that of its `metrics.json`,
unless OMP_NUM_THREADS is set. The run that is made can be interrupted and resumed as any other.
"""

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from ltlight import processes
from ltlight.config.schema import Config
from ltlight.errors import UserError, shown
from ltlight.interruption import keeping
from ltlight.runs.recorded import recorded_config
from ltlight.runs.run_folder import RunFolder
from ltlight.system_errors import of_the_system

THREADS = "OMP_NUM_THREADS"


def main(arguments: Sequence[str]) -> int:
    """The command line; what was said of it is printed.

    Returns:
        The exit status: 0 where the logits are equal to the bit, 1 where they aren't.

    Raises:
        UserError: for a folder without a finished run, or one that can't be made again.
    """
    parser = argparse.ArgumentParser(prog="ltlight train", description=__doc__)
    parser.add_argument("--rerun", metavar="RUN", type=Path, required=True, help="a finished run")
    told = "folder of the new run; default: outputs/<its name>_rerun/… with the same levels"
    parser.add_argument("--into", metavar="FOLDER", type=Path, help=told)
    args = parser.parse_args(list(arguments))
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    old = RunFolder(args.rerun)
    if not old.is_finished:
        raise UserError(f"{shown(old.path)} holds no finished run: name one, outputs/…/seed=0")
    old.refuse_damaged()
    config = replace(recorded_config(old, as_trained=True), overwrite=False)
    new = RunFolder(args.into or beside(old.path, config))
    if new.path.resolve() == old.path.resolve():
        raise UserError(f"--into {shown(new.path)} is the run itself: name another folder")
    with keeping(f"what is in {new.path} is kept: the same command goes on from there"):
        make(config, new, old.metrics().get("threads"))
    equal, text = compared(old, new)
    if processes.rank() == 0:
        print(text)
    return 0 if equal else 1


def beside(run: Path, config: Config) -> Path:
    """``outputs/<name>_rerun/<data>/ratio=…/method=…/seed=…``, with the levels of a run's folder.

    Raises:
        UserError: for a folder without such levels.
    """
    levels = run.resolve().parts
    at = next((i for i, level in enumerate(levels) if level.startswith("ratio=")), None)
    if at is None:
        raise UserError(f"{shown(run)} isn't called …/ratio=…/method=…/seed=…: give --into FOLDER")
    return Path("outputs", f"{config.name}_rerun", *levels[at - 1 :])


def make(config: Config, folder: RunFolder, threads: int | None) -> None:
    """Make the run, or go on with it where it was interrupted; nothing if it is finished.

    Args:
        config: of the run.
        folder: to make it in.
        threads: that the record was computed with; None: it doesn't say.
    """
    given = THREADS in os.environ
    if threads is not None:
        os.environ.setdefault(THREADS, str(threads))  # before torch reads it
    t = config.trainer
    processes.join(t.devices, t.num_nodes, t.timeout, t.accelerator)
    with ExitStack() as held:
        if processes.by_first(lambda: is_made(config, folder, held)):
            return
        import torch

        from ltlight.training.run import run_experiment

        if threads is not None and not given:
            torch.set_num_threads(threads)
        try:
            run_experiment(config, folder)
        except Exception as e:
            told = str(e) if isinstance(e, UserError) else of_the_system(e, folder.path)
            if processes.rank() == 0:
                folder.fail(told or traceback.format_exc())
            if told is None:
                raise
            raise UserError(told) from e


def is_made(config: Config, folder: RunFolder, held: ExitStack) -> str | None:
    """Lock and claim the folder of a run; a word where it is finished already, else None."""
    held.enter_context(folder.lock(wait=False))
    folder.begin(asdict(config), overwrite=False)
    return "finished" if folder.is_finished else None


def compared(old: RunFolder, new: RunFolder) -> tuple[bool, str]:
    """Whether the logits are equal to the bit, and a text on how far they are and what differs."""
    before, after = old.predictions(), new.predictions()
    a, b = before["logits"], after["logits"]
    if a.shape != b.shape or not np.array_equal(before["targets"], after["targets"]):
        return False, f"{new.path} was tested on other images than {old.path}: their files changed"
    if np.array_equal(a, b):
        return True, f"{new.path} is the same as {old.path} to the bit: {a.shape[0]:,} images"
    m, n = old.metrics(), new.metrics()
    differing = "; ".join(differences(m, n))
    furthest, changed = np.abs(a - b).max(), (a.argmax(1) != b.argmax(1)).mean()
    return False, (
        f"{new.path} is not the same as {old.path}: logits differ by up to {furthest:.3g}, "
        f"{changed:.2%} of the predictions do; accuracy "
        f"{m['test/accuracy']:.4f} → {n['test/accuracy']:.4f}, macro-F1 {m['test/f1_macro']:.4f} → "
        f"{n['test/f1_macro']:.4f}. What differs: "
        f"{differing or 'nothing that is recorded; on a GPU, set trainer.deterministic=true'}"
    )


def differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """What two records of `provenance` say otherwise, a text each."""
    for key in ("device", "threads", "git_commit"):
        if old.get(key) != new.get(key):
            yield f"{key} {old.get(key)} → {new.get(key)}"
    before, after = old.get("versions", {}), new.get("versions", {})
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"{name} {before.get(name)} → {after.get(name)}"
