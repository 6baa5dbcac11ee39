"""What a run finds on this machine: processor, memory, GPUs, and the folders it writes to."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from ltlight.doctor.installation import import_failure
from ltlight.doctor.row import Row
from ltlight.memory import free_memory, size


def machine() -> list[Row]:
    """Processor, cores, memory and GPUs, as a run would find them."""
    if import_failure("torch"):
        return [Row("device", None, "unknown without torch")]
    import torch

    from ltlight.cores import allowed_cores
    from ltlight.runs.provenance import device_name

    processor, cores = device_name(torch.device("cpu")), allowed_cores()
    threads, free = os.environ.get("OMP_NUM_THREADS"), free_memory()
    return [
        Row("processor", processor, processor),
        Row("cores", cores, str(cores), f"of {os.cpu_count()}; those this process may use"),
        Row("OMP_NUM_THREADS", threads, threads or "not set"),
        Row("memory", free, "unknown" if free is None else size(free), "free"),
        *gpu_rows(),
    ]


def gpu_rows() -> list[Row]:
    """Each GPU that torch sees, or why there is none."""
    import torch

    from ltlight.runs.provenance import device_name

    rows = []
    for i in range(torch.cuda.device_count()):
        name = device_name(torch.device("cuda", i))
        try:
            free, total = torch.cuda.mem_get_info(i)
        except RuntimeError as e:  # another process has it for itself, or the driver is too old
            rows.append(Row(f"GPU {i}", {"name": name}, name, str(e).split("\n")[0]))
            continue
        value = {"name": name, "memory": total, "free": free}
        rows.append(Row(f"GPU {i}", value, name, f"{size(total)}, {size(free)} free"))
    if rows:
        return rows
    built = f"for CUDA {torch.version.cuda}" if torch.version.cuda else "without CUDA"
    driver = Path("/proc/driver/nvidia/version").exists()
    seen = "there is an NVIDIA driver, " if driver else ""
    return [Row("GPU", None, "none", f"{seen}torch is built {built}")]


def cache_row() -> Row:
    """The folder of downloads and decoded images; a run without either doesn't need it."""
    try:
        from omegaconf import OmegaConf

        from ltlight.config.schema import CONF
    except ImportError:
        return Row("cache", None, "unknown without Hydra")
    folder = Path(OmegaConf.load(CONF / "data" / "base.yaml").cache).expanduser()
    used = 0
    for file in folder.rglob("*"):
        with suppress(OSError):  # a run beside this one has just removed it
            used += file.stat().st_size if file.is_file() else 0
    value, note = folder_state(folder)
    note = f"{size(used)}, {note}; another: LTLIGHT_CACHE"
    return Row("cache", {**value, "size": used}, str(folder), note)


def outputs_row(folder: Path) -> Row:
    """Where runs are written, below the current folder."""
    value, note = folder_state(folder)
    problem = None if value["writable"] else f"{folder.absolute()} can't be written"
    return Row("outputs", value, str(folder), note, problem)


def folder_state(folder: Path) -> tuple[dict[str, Any], str]:
    """Whether a folder can be written, or made, and the bytes free there; as JSON and in words."""
    there = next(f for f in (folder.absolute(), *folder.absolute().parents) if f.exists())
    writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    free = shutil.disk_usage(there).free
    value = {"path": str(folder), "writable": writable, "disk_free": free}
    return value, f"{'writable' if writable else 'not writable'}, {size(free)} free"
