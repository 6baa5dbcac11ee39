"""A launcher of Hydra's: runs of a sweep that train heads on cached features, many at once.

All other runs go one after another, as by Hydra's basic launcher. Members are claimed, checked and
skipped one by one as ever; those that are to be trained together only wait until the next few dozen
have been looked at, and are trained by other processes while the sweep goes on. No torch here.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn

from ltlight.config.panel import left_out, panel_methods
from ltlight.config.pretrained import is_frozen_model
from ltlight.config.schema import Config
from ltlight.config.together import in_groups, same_steps, trains_with_others
from ltlight.cores import allowed_cores
from ltlight.launcher_pool import Part, Pool, train_here
from ltlight.runs.run_folder import RunFolder
from ltlight.runs.validation import objective

log = logging.getLogger(__name__)
LOOKED_AT = 3  # times `at_once`: members that are looked at before some of them are trained


@dataclass(frozen=True)
class Waiting:
    """A run that is to be trained with others: its number in the sweep, and what it needs."""

    number: int
    config: Config
    folder: RunFolder


_waiting: list[Waiting] | None = None  # while a launcher looks at the members of its sweep
_locks = ExitStack()  # of their folders, until all are trained


def waits(config: Config, folder: RunFolder, held: ExitStack) -> bool:
    """Whether the launcher of this sweep will train a run with others; it is noted then.

    Args:
        config: of the run.
        folder: of the run, claimed.
        held: its lock, which is taken over.
    """
    if _waiting is None or "RANK" in os.environ or not trains_with_others(config):
        return False
    _waiting.append(Waiting(HydraConfig.get().job.num, config, folder))
    _locks.enter_context(held.pop_all())
    return True


class Together(BasicLauncher):
    """Trains what waits for it, several runs at once.

    An interrupted sweep skips what is finished; members that were in training start anew.
    """

    def __init__(self, at_once: int = 12, processes: int | None = None) -> None:
        """Take what `conf/hydra/launcher/together.yaml` says.

        Args:
            at_once: heads that are trained at once at most.
            processes: that train side by side; None: see `default_processes`.
        """
        super().__init__()
        self.at_once, self.processes = at_once, processes

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Run all members of a sweep."""
        _say_left_out(self.config)
        returned: list[JobReturn] = []
        waited: list[Waiting] = []
        step = LOOKED_AT * self.at_once
        with _locks, ExitStack() as open_pools:
            pool, processes = None, self.processes or default_processes(self.config)
            if processes > 1 and len(job_overrides) > self.at_once:
                pool = open_pools.enter_context(Pool(processes, self.at_once))
            for start in range(0, len(job_overrides), step):
                with _looking() as found:
                    some = job_overrides[start : start + step]
                    returned += super().launch(some, initial_job_idx + start)
                for part in parts_of(found, self.at_once):
                    train_here(part, self.at_once) if pool is None else pool.add(part)
                waited += found
            if pool is not None:
                pool.wait()
        for member in waited:
            returned[member.number - initial_job_idx].return_value = objective(member.folder)
        return returned


def _say_left_out(config: Any) -> None:
    """Name the methods that a panel goes without on cached features."""
    params, model = config.hydra.sweeper.get("params") or {}, config.model
    missing = left_out(model.name, model.train, model.views)
    if missing and params.get("method") == panel_methods(model.name, model.train, model.views):
        log.info(
            "left out, since they act on pixels and these are features (model.views=8 caches draws "
            "of an augmentation, model.train=all trains on pixels): %s",
            ", ".join(missing),
        )


@contextmanager
def _looking() -> Iterator[list[Waiting]]:
    """Runs may wait meanwhile."""
    global _waiting
    _waiting = []
    try:
        yield _waiting
    finally:
        _waiting = None


def default_processes(config: Any) -> int:
    """As many as there are cores that may be used; one where nothing waits, or for a GPU."""
    on_gpu = config.trainer.accelerator != "cpu" and Path("/dev/nvidia0").exists()
    if on_gpu or not is_frozen_model(config.model):
        return 1
    return allowed_cores()


def parts_of(waiting: Sequence[Waiting], at_once: int) -> list[Part]:
    """The runs in parts that are trained at once, the longest part first."""
    runs = [(same_steps(m.config), m.config, (m.config, m.folder)) for m in waiting]
    groups = sorted(in_groups(runs, at_once), key=len, reverse=True)
    return [[*chain(*group)] for group in groups]
