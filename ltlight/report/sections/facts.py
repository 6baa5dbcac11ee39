"""The facts of a sweep in a strip: data, network, training, machine, time, and how to repeat it."""

from collections.abc import Sequence
from typing import Any

from ltlight.report.results.group import groups
from ltlight.report.results.sweep import Member, Sweep

TIMES = ("setup", "train", "validate", "test")
UNKNOWN = "not recorded"


def facts(sweep: Sweep) -> list[tuple[str, str]]:
    """Name and value of each, of a sweep with a finished run."""
    runs = [run for member in sweep.finished for run in member.runs]
    return [
        ("data", "; ".join(_data(sweep))),
        ("network", _networks(runs)),
        ("training", _training(runs)),
        ("machine", _machines(runs)),
        ("time", _time(runs)),
        ("repeat", _each([_command(m) for m in runs], ", ", 1)),
    ]


def _data(sweep: Sweep) -> list[str]:
    """Of each data set: classes, training images at each ratio, test images."""
    found = groups(sweep)
    said = []
    for data in dict.fromkeys(g.data for g in found):
        own = [g for g in found if g.data == data]
        first = own[0]
        told = [
            f"{g.counts.sum():,} ({g.counts.max():,} to {g.counts.min():,} a class)"
            + ("" if g.first.imbalance == "natural" else f" at {g.first.imbalance}")
            for g in own
        ]
        tested = len(first.first.predictions.targets)
        said.append(
            f"{data}, {len(first.counts)} classes; training images {_each(told)}; test images "
            f"{tested:,}"
        )
    return said


def _networks(runs: Sequence[Member]) -> str:
    """Names, and how many parameters were trained."""
    numbers = _each([f"{n:,}" for m in runs if (n := m.metrics.get("parameters")) is not None])
    names = _each([_network(m) for m in runs])
    return f"{names}, {numbers} trained parameters" if numbers else names


def _command(member: Member) -> str:
    command = member.metrics.get("command")
    return f"`{command}`" if command else UNKNOWN


def _network(member: Member) -> str:
    model, metrics = member.config.get("model") or {}, member.metrics
    name = str(model.get("name") or UNKNOWN)
    if metrics.get("backbone"):
        trained = {"all": "fine-tuned", "last": "last blocks fine-tuned"}
        name = f"{metrics['backbone']}, {trained.get(model.get('train', ''), 'frozen, a head')}"
    elif model.get("width", 1.0) != 1.0:
        name += f" of width {model['width']:g}"
    return name


def _training(runs: Sequence[Member]) -> str:
    epochs = _each([str(m.metrics.get("epochs", UNKNOWN)) for m in runs])
    rates = _each([f"{rate:g}" for m in runs if (rate := _rate(m)) is not None])
    batches = _each([str(b) for m in runs if (b := _part(m, "data").get("batch_size")) is not None])
    told = f"{epochs} epochs"
    told += f", learning rate {rates}" if rates else ""
    return told + (f", batches of {batches}" if batches else "")


def _rate(member: Member) -> float | None:
    own = _part(member, "method").get("lr")
    return own if own is not None else _part(member, "optim").get("lr")


def _part(member: Member, name: str) -> dict[str, Any]:
    return member.config.get(name) or {}


def _machines(runs: Sequence[Member]) -> str:
    """Each with the numbers of threads that its runs had."""
    threads: dict[str, set[int]] = {}
    for m in runs:
        found = threads.setdefault(m.metrics.get("device") or UNKNOWN, set())
        found |= {number} if (number := m.metrics.get("threads")) is not None else set()
    told = [
        f"{device}, {' or '.join(map(str, sorted(found)))} thread{'s' * (found != {1})}"
        if found
        else device
        for device, found in threads.items()
    ]
    return _each(told, "; ")


def _time(runs: Sequence[Member]) -> str:
    """Of all runs together, as far as they recorded it."""
    known = [m.metrics.get(f"seconds/{part}") or 0.0 for m in runs for part in TIMES]
    seconds = sum(known)
    if seconds >= 5400:
        return f"{seconds / 3600:.1f} hours in all"
    return f"{seconds / 60:.0f} min in all" if seconds >= 90 else f"{seconds:.0f} s in all"


def _each(values: Sequence[str], between: str = ", ", most: int = 4) -> str:
    """The different values, some of them named and the others counted."""
    found = list(dict.fromkeys(values))
    more = f"{between}and {len(found) - most} more" if len(found) > most else ""
    return between.join(found[:most]) + more
