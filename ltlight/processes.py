"""Several processes that train one run together, started by torchrun: joined, and in which order.

Torch is imported when there are several, not before.
"""

import os
import re
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

from ltlight.errors import UserError

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)
IN_ALL = "all processes have this"
POLLED = 0.2  # seconds between two looks for what the first process says
# What gloo and NCCL say of a peer that ended, or that didn't answer in time.
LOST = re.compile(r"clos|reset|tim(ed?)?[ -]?out|refused|unreachable|broken pipe|socket", re.I)
_store: Any = None  # of what the processes tell each other, beside the tensors they exchange
_turns = count()


class ToldByFirst(UserError):
    """What ended the first process, raised in the others, which needn't say it again."""


def in_all(error: E) -> E:
    """The error, marked as one that every process has: all can go on with the next run."""
    error.add_note(IN_ALL)
    return error


def is_in_all(error: BaseException) -> bool:
    """Whether the other processes have it as well; where there are none, they needn't."""
    return world_size() == 1 or IN_ALL in getattr(error, "__notes__", ())


def rank() -> int:
    """Number of this process, from 0; that one alone writes and speaks."""
    return int(os.environ.get("RANK", "0"))


def world_size() -> int:
    """How many processes were started."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def join(devices: int, num_nodes: int, timeout: int, accelerator: str) -> None:
    """Meet the other processes, once for all runs of this one.

    Args:
        devices, num_nodes: of ``trainer``: processes of every node, and nodes.
        timeout: seconds to wait for the others, here and at every exchange.
        accelerator: of ``trainer``.

    Raises:
        UserError: where there are more or fewer processes than the configuration says, or some
            don't come in time.
    """
    if world_size() != devices * num_nodes:
        raise in_all(UserError(_another_number(devices, num_nodes)))
    if world_size() == 1 or _store is not None:
        return
    import torch.distributed as dist

    place = f"{os.environ.get('MASTER_ADDR')}:{os.environ.get('MASTER_PORT')}"
    try:
        _join(timedelta(seconds=timeout), accelerator)
    except (dist.DistError, RuntimeError) as e:
        raise UserError(
            f"process {rank()} of {world_size()} didn't meet the others at {place} within "
            f"trainer.timeout={timeout} seconds: start torchrun on all {num_nodes} nodes with the "
            f"same address, and let nothing block it ({_first_line(e)})"
        ) from e


def _join(timeout: timedelta, accelerator: str) -> None:
    import torch
    import torch.distributed as dist

    global _store
    store, _, _ = next(dist.rendezvous("env://", timeout=timeout))
    options: dict[str, Any] = {}
    on_gpu = accelerator != "cpu" and torch.cuda.is_available()
    if on_gpu:
        options["device_id"] = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(options["device_id"])
    dist.init_process_group(
        "nccl" if on_gpu else "gloo",
        store=dist.PrefixStore("tensors", store),
        rank=rank(),
        world_size=world_size(),
        timeout=timeout,
        **options,
    )
    _store = dist.PrefixStore("words", store)


def _another_number(devices: int, num_nodes: int) -> str:
    said = f"trainer.devices={devices} and trainer.num_nodes={num_nodes}"
    nodes = f"--nnodes={num_nodes} " if num_nodes > 1 else ""
    if world_size() == 1:
        return (
            f"{said} take {devices * num_nodes} processes, and this is one: start them as torchrun "
            f"{nodes}--nproc-per-node={devices} -m ltlight.train … (conf/README.md, scaling out)"
        )
    return (
        f"torchrun started {world_size()} processes, and {said} take {devices * num_nodes}: give "
        f"trainer.devices={os.environ.get('LOCAL_WORLD_SIZE', world_size())}, and "
        "trainer.num_nodes where there are several"
    )


def by_first(work: Callable[[], str | None]) -> str | None:
    """What the first process makes of ``work``, in all of them; the others wait for it.

    Without a limit of time: to decode pictures, or to compute features, may take hours.

    Raises:
        ToldByFirst: in the others, where it failed.
    """
    if _store is None:
        return work()
    key = f"turn {next(_turns)}"
    if rank() == 0:
        try:
            result = work()
        except BaseException as e:
            _store.set(key, f"failed {e}")
            in_all(e)
            raise
        _store.set(key, "nothing" if result is None else f"made {result}")
        return result
    while not _store.check([key]):
        time.sleep(POLLED)
    state, _, text = _store.get(key).decode().partition(" ")
    if state == "failed":
        raise in_all(ToldByFirst(text))
    return text if state == "made" else None


def first_then_all(work: Callable[[], T]) -> T:
    """What ``work`` makes, in every process: the first has filled the caches for the others.

    Raises:
        ToldByFirst: in the others, where it failed.
    """
    made: list[T] = []
    by_first(lambda: made.append(work()))
    return made[0] if made else work()


def lost_peer(error: BaseException, timeout: int) -> str | None:
    """One line on an exchange that failed because another process ended or hung.

    Returns:
        None for another error.
    """
    if _store is None or not isinstance(error, RuntimeError | ConnectionError):
        return None
    if isinstance(error, UserError) or not LOST.search(str(error)):
        return None
    return (
        f"process {rank()} of {world_size()} lost another, which ended or didn't answer within "
        f"trainer.timeout={timeout} seconds ({_first_line(error)}): see what that one said, and "
        "repeat the command on all nodes, it goes on from the last checkpoint"
    )


def _first_line(error: BaseException) -> str:
    # Libraries lead with the place in their sources, and end with guesses at the reason.
    text = re.sub(r"^\[[^\]]*\]:?\s*", "", str(error).strip())
    return re.split(r"\. |\n", text)[0][:120]
