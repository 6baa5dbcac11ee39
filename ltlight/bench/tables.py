"""The tables of the benchmark."""

from statistics import median, quantiles
from typing import Any

from rich.table import Table

OURS = "ours"


def speed_table(entry: dict[str, Any]) -> Table:
    """Every contender's step, and its time over ours: the median of the rounds' ratios."""
    table = Table(title=f"{entry['method']}, width {entry['width']:g}: a step of 32 images")
    table.add_column("", no_wrap=True)
    for column in ("ms", "quartiles", "images/s", "over ours"):
        table.add_column(column, justify="right")
    ours = entry["contenders"][OURS]["step_seconds"]
    for name, measured in entry["contenders"].items():
        seconds = measured["step_seconds"]
        low, _, high = quantiles(seconds, n=4)
        table.add_row(
            name,
            f"{1e3 * median(seconds):.1f}",
            f"{1e3 * low:.1f}-{1e3 * high:.1f}",
            f"{32 / median(seconds):.0f}",
            f"{ratio(seconds, ours):.2f}",
        )
    for name in ("serial", "overlapping"):
        seconds = entry["floor"][f"{name}_seconds"]
        row = (f"floor, {name}", f"{1e3 * seconds:.1f}", "", f"{32 / seconds:.0f}")
        table.add_row(*row, f"{seconds / median(ours):.2f}")
    return table


def around_table(entry: dict[str, Any]) -> Table:
    """What a run costs around its steps, measured once."""
    table = Table(title=f"{entry['method']}, width {entry['width']:g}: around the steps")
    table.add_column("", no_wrap=True)
    for column in AROUND:
        table.add_column(column, justify="right")
    for name, measured in entry["contenders"].items():
        if "evaluation_seconds" in measured:
            table.add_row(name, *(f"{measured[k] / unit:.2f}" for k, unit in AROUND.values()))
    return table


AROUND = {
    "first step s": ("first_step_seconds", 1.0),
    "evaluation s": ("evaluation_seconds", 1.0),
    "checkpoint s": ("checkpoint_seconds", 1.0),
    "peak GB": ("peak_bytes", 1e9),
}


def ratio(theirs: list[float], ours: list[float]) -> float:
    """Median over the rounds of their seconds over ours, taken in the same round."""
    return median(t / o for t, o in zip(theirs, ours, strict=True))


def phases_table(entries: list[dict[str, Any]]) -> Table:
    """Where the time of our step goes, measured in the loop without Lightning."""
    bare = [e["contenders"]["no Lightning"]["phases"] for e in entries]
    table = Table(title=f"our step by phase, width {entries[0]['width']:g}, ms")
    table.add_column("")
    for entry in entries:
        table.add_column(entry["method"], justify="right")
    for phase in bare[0]:
        table.add_row(phase, *(f"{1e3 * phases[phase]:.2f}" for phases in bare))
    return table


def growth_table(grown: dict[str, dict]) -> Table:
    """Ours by size of the training set and by width."""
    table = Table(title="ours, improved, as it grows")
    for column in ("", "", "ms a step", "first step s", "peak GB"):
        table.add_column(column, justify="right")
    for key, cases in grown.items():
        for value, measured in cases.items():
            table.add_row(
                key,
                value,
                f"{1e3 * median(measured['step_seconds']):.1f}",
                f"{measured['first_step_seconds']:.2f}",
                f"{measured['peak_bytes'] / 1e9:.2f}",
            )
    return table


def price_table(prices: dict[str, Any]) -> Table:
    """What a step of each method takes over one of `baseline` in the same round."""
    table = Table(title=f"a step over that of baseline, width {prices['width']:g}")
    for column in ("", "ms", "over baseline"):
        table.add_column(column, justify="right" if column else "left")
    for method, seconds in prices["methods"].items():
        factor = ratio(seconds["step_seconds"], seconds["baseline"])
        table.add_row(method, f"{1e3 * median(seconds['step_seconds']):.1f}", f"{factor:.2f}")
    return table
