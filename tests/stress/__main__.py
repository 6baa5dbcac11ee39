"""The command line, see the package."""

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.stress.scenarios import SCENARIOS


def main() -> None:
    """Exits with 1 where something was not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description=__doc__)
    parser.add_argument("--points", type=int, default=100, help="kills, at least")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=list(SCENARIOS), choices=list(SCENARIOS))
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    # No import above: processes that decode import this file.
    from tests.stress.stress import stress

    with tempfile.TemporaryDirectory(prefix="ltlight-stress-") as root:
        said = partial(print, flush=True)
        tally = stress(Path(root), args.points, args.seed, args.only, said)
    print(tally.summary())
    sys.exit(bool(tally.faults))


if __name__ == "__main__":
    main()
