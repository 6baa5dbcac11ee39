"""A command run in this process tells what one of its own would, and leaves no trace."""

import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch
from hydra.core.global_hydra import GlobalHydra

from ltlight.__main__ import COMMANDS, Command
from tests.commands import SHORT, run_here

ENDINGS = {
    "nothing": ("pass", 0),
    "a status": ("return 3", 3),
    "exit": ("sys.exit()", 0),
    "exit with a status": ("sys.exit(2)", 2),
    "exit with a reason": ("sys.exit('error: no')", 1),
    "an exception": ("raise ValueError('no')", 1),
    "a warning": ("print('out'); warnings.warn('no')", 0),
    "a warning that Python hides": ("warnings.warn('no', ImportWarning)", 0),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_it_ends_as_a_process_would(tmp_path, monkeypatch, ending):
    body, status = ENDINGS[ending]
    source = f"import sys, warnings\ndef ending():\n    {body}\n"
    (tmp_path / "an_ending.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "an_ending", raising=False)
    monkeypatch.setitem(COMMANDS, "ending", Command("an_ending:ending", "", ""))
    here = run_here(cwd=tmp_path, module="ltlight.ending")
    call = "import sys, an_ending; sys.exit(an_ending.ending())"
    process = subprocess.run(
        [sys.executable, "-c", call], cwd=tmp_path, capture_output=True, text=True
    )
    assert here.returncode == process.returncode == status
    assert here.stdout == process.stdout
    assert last(here.stderr) == last(process.stderr)


def last(text: str) -> str:
    return text.strip().rpartition("\n")[2].strip()


def state() -> dict[str, object]:
    """Whatever a command sets for its process."""
    return {
        "folder": Path.cwd(),
        "arguments": list(sys.argv),
        "environment": dict(os.environ),
        "handlers": list(logging.root.handlers),
        "levels": [logging.getLogger(n).level for n in (None, "lightning.pytorch", "hydra")],
        "warnings": list(warnings.filters),
        "hydra": GlobalHydra.instance().is_initialized(),
        "threads": torch.get_num_threads(),
        "precision": torch.get_float32_matmul_precision(),
    }


def open_below(folder: Path) -> list[str]:
    """Files that this process has open there; train.log is one while a run lasts."""
    numbers = Path("/proc/self/fd")
    files = [n.readlink() for n in numbers.iterdir() if n.is_symlink()] if numbers.exists() else []
    return [str(file) for file in files if file.is_relative_to(folder)]


def test_it_leaves_the_process_as_it_was(tmp_path, caplog):
    before = state()
    done = run_here(*SHORT, "trainer.matmul_precision=high", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert state() == before
    assert (tmp_path / "outputs").exists()
    assert open_below(tmp_path) == []
    logging.getLogger("ltlight").warning("pytest hears this")
    assert "pytest hears this" in caplog.text
