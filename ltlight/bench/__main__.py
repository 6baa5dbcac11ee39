"""Training speed side by side: the plain pipeline, ours, a bare loop, and the machine's floor.

    python -m ltlight.bench                      # full width and the demo's; make bench
    python -m ltlight.bench --width 0.125 --rounds 3 --steps 10
    python -m ltlight.bench --method none --no-growth --price mixup sam   # of single methods

Contenders take turns, round by round, each in a process of its own; medians and spread of the
rounds. Ends in tables and a JSON file.
"""

import json
import os
import shlex
import sys
import time
from importlib.util import find_spec
from typing import Any

import torch
from rich.console import Console
from rich.progress import track

from ltlight.bench.arguments import arguments
from ltlight.bench.floor import floor
from ltlight.bench.tables import (
    around_table,
    growth_table,
    phases_table,
    price_table,
    speed_table,
)
from ltlight.bench.turns import Contender
from ltlight.models.cnn_cifar import CNNCifar
from ltlight.runs.provenance import provenance

COPIES = 6  # of the 1,200 digits: about as many images as CIFAR-50 has at imbalance ratio 0.02
GROWTH = {"copies": (1, 10, 100), "width": (0.0625, 0.125, 0.25, 0.5, 1.0)}


def line_up(cores: int) -> dict[str, dict[str, Any]]:
    """The contenders by name."""
    contenders: dict[str, dict[str, Any]] = {}
    for workers in (0, cores):
        for fused in (False, True):
            name = f"plain, {workers} workers" + (", fused SGD" if fused else "")
            contenders[name] = {"pipeline": "plain", "workers": workers, "fused": fused}
    contenders |= {"ours": {"pipeline": "ours"}, "no Lightning": {"pipeline": "bare"}}
    if torch.cuda.is_available() and find_spec("triton"):
        kernel: dict[str, Any] = {"pipeline": "ours", "overrides": ["optim.one_pass=true"]}
        contenders["ours, one_pass"] = kernel
    return contenders


def compare(method: str, width: float, rounds: int, steps: int, console: Console) -> dict:
    """All contenders on one method and width."""
    common = {"method": method, "width": width, "copies": COPIES, "steps": steps, "warm_up": 5}
    cores = os.cpu_count() or 1
    contenders = {
        name: Contender({**common, **spec, "started": time.time()})
        for name, spec in line_up(cores).items()
    }
    for _ in track(range(rounds), f"{method}, width {width:g}", console=console):
        for contender in contenders.values():
            contender.run_round()
    return {
        name: {"step_seconds": contender.step_seconds, **contender.finish()}
        for name, contender in contenders.items()
    }


def grow(rounds: int, steps: int, width: float, console: Console) -> dict[str, dict]:
    """Ours, alone, by size of the training set (repeated) and by width."""
    grown: dict[str, dict] = {}
    cases = [(key, value) for key, values in GROWTH.items() for value in values]
    for key, value in track(cases, "growth", console=console):
        spec = {"pipeline": "ours", "method": "improved", "warm_up": 5, "steps": steps}
        spec |= {"width": width, "copies": 1, key: value, "started": time.time()}
        contender = Contender(spec)
        for _ in range(rounds):
            contender.run_round()
        measured = {"step_seconds": contender.step_seconds, **contender.finish()}
        grown.setdefault(key, {})[str(value)] = measured
    return grown


def price(methods: list[str], width: float, rounds: int, steps: int, console: Console) -> dict:
    """Each method's step over that of `baseline`, the two in turn."""
    common = {"pipeline": "ours", "width": width, "copies": COPIES, "steps": steps, "warm_up": 5}
    baseline, prices = Contender({**common, "method": "baseline", "started": time.time()}), {}
    for method in track(methods, f"price of a method, width {width:g}", console=console):
        remedy = Contender({**common, "method": method, "started": time.time()})
        for _ in range(rounds):
            baseline.run_round()
            remedy.run_round()
        prices[method] = {
            "baseline": baseline.step_seconds[-rounds:],
            "step_seconds": remedy.step_seconds,
        }
        remedy.finish()
    baseline.finish()
    return prices


def main() -> None:
    """Measure, print, write."""
    args, console = arguments(__doc__ or ""), Console()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    results: dict[str, Any] = {"rounds": args.rounds, "steps": args.steps, "compared": []}
    for width in args.width if "none" not in args.method else ():
        least = floor(CNNCifar(10, width=width), 32, device)
        for method in args.method:
            contenders = compare(method, width, args.rounds, args.steps, console)
            entry = {"method": method, "width": width, "floor": least, "contenders": contenders}
            results["compared"].append(entry)
            console.print(speed_table(entry), around_table(entry))
        console.print(phases_table([e for e in results["compared"] if e["width"] == width]))
    if not args.no_growth:
        results["growth"] = grow(min(args.rounds, 3), args.steps, min(args.width), console)
        console.print(growth_table(results["growth"]))
    if args.price:
        width = max(args.width)
        prices = price(args.price, width, args.rounds, args.steps, console)
        results["prices"] = {"width": width, "methods": prices}
        console.print(price_table(results["prices"]))
    command = shlex.join(["python", "-m", "ltlight.bench", *sys.argv[1:]])
    results |= provenance(device) | {"command": command}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(results, indent=1) + "\n")
    console.print(f"written: {args.out}")


if __name__ == "__main__":
    main()
