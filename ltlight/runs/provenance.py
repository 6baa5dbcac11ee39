"""What a figure must name to be checked: command, code, versions, hardware."""

import os
import platform
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

PACKAGES = ("torch", "torchvision", "lightning", "torchmetrics", "hydra-core", "numpy")


def provenance(device: torch.device) -> dict[str, Any]:
    """Command, commit, versions and device, as JSON values."""
    return {
        "command": shlex.join(["python", "-m", "ltlight.train", *sys.argv[1:]]),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "git_commit": git_commit(),
        "device": device_name(device),
        "threads": torch.get_num_threads(),
        "load": load_average(),
        "versions": {
            "ltlight": version("ltlight"),
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
    }


def load_average() -> float | None:
    """Processes that ran or waited to, the mean of the last minute; None where it isn't told.

    With it a reader sees whether something else had a part of the machine, and of the seconds.
    """
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):  # not on every system
        return None


def device_name(device: torch.device) -> str:
    """The model name of a GPU or of this machine's processor."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        cpuinfo = Path("/proc/cpuinfo")
        if cpuinfo.exists():
            for line in cpuinfo.read_text().splitlines():
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    return platform.processor() or device.type


def git_commit() -> str | None:
    """The commit of this code, ``+changes`` if files differ from it; None outside a checkout."""
    here = Path(__file__).resolve().parent

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(here), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        # A package installed somewhere below another project's checkout is not that checkout's.
        if not git("ls-files", "provenance.py"):
            return None
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return None
