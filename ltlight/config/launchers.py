"""Hydra's launchers, which run the members of a sweep side by side: what of it is ours to see to.

No torch here.
"""

import os
from typing import Any

from ltlight.cores import SHARE, allowed_cores
from ltlight.errors import one_line

BASIC = "BasicLauncher"  # one after the other


def kind_of(launcher: Any) -> str:
    """The class that ``hydra.launcher`` names, as `BASIC` or ``JoblibLauncher``."""
    return str(launcher.get("_target_", BASIC)).rpartition(".")[2]


def cores_of_member(launcher: Any) -> int | None:
    """Cores that a member of a sweep has for itself; None: all that its process may use.

    Args:
        launcher: the configuration ``hydra.launcher``.
    """
    kind, cores = kind_of(launcher), allowed_cores()
    if kind == "JoblibLauncher":
        jobs = int(launcher.n_jobs)
        at_once = jobs if jobs > 0 else max(1, cores + 1 + jobs)  # -1: all, -2: all but one
        return max(1, cores // at_once)
    if kind in ("LocalLauncher", "SlurmLauncher"):
        return int(launcher.get("cpus_per_task") or 1)
    if kind == "RayLauncher":
        return max(1, int(launcher.ray.remote.get("num_cpus") or 1))
    return None


def share_cores(launcher: Any) -> None:
    """Have processes that are started from now on learn their share.

    OMP_NUM_THREADS has the last word: where it is set, nothing is changed.
    """
    cores = cores_of_member(launcher)
    if cores is not None and "OMP_NUM_THREADS" not in os.environ:
        os.environ |= {SHARE: str(cores), "OMP_NUM_THREADS": str(cores)}


def ended_early(error: BaseException) -> str | None:
    """One line on a launcher's process that was ended from outside; None for other errors."""
    room = type(error).__module__.partition(".")[0]
    if room not in ("joblib", "loky", "submitit", "ray"):
        return None
    text = one_line(str(error).strip().splitlines()[0]) if str(error).strip() else ""
    return (
        f"a process of {room} ended before its member did ({type(error).__name__}: {text[:200]}): "
        "killed, or out of memory; what is finished is kept, `ltlight report` shows it, and the "
        "same command goes on, with fewer members at once if memory was short"
    )
