"""What the doctor finds, and what it says can't run."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest
import torch

from ltlight.doctor import installation
from ltlight.doctor import machine as this_machine
from ltlight.doctor.__main__ import main


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty folder to be asked in, its cache beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LTLIGHT_CACHE", str(tmp_path / "cache" / "ltlight"))
    return tmp_path


def found(capsys: pytest.CaptureFixture) -> dict:
    """What ``--json`` prints."""
    main(["--json"])
    return json.loads(capsys.readouterr().out)


def test_everything_is_there(elsewhere, capsys):
    cache = elsewhere / "cache" / "ltlight" / "trees"
    cache.mkdir(parents=True)
    (cache / "a.npy").write_bytes(b"123")
    told = found(capsys)
    assert told["problems"] == []
    assert told["versions"]["ltlight"] == version("ltlight")
    assert told["versions"]["torch"] == {"found": version("torch"), "wanted": ">=2.11"}
    assert told["versions"]["Python"]["wanted"] == ">=3.11,<3.14"
    assert told["versions"]["training"] == "loads"
    assert told["machine"]["cores"] >= 1
    assert told["folders"]["cache"]["path"] == str(cache.parent)
    assert told["folders"]["cache"]["size"] == 3
    assert told["folders"]["outputs"]["writable"] is True
    assert told["extras"].keys() >= {"dev", "search"}
    assert list(elsewhere.iterdir()) == [elsewhere / "cache"]  # nothing is made by looking


@pytest.mark.usefixtures("elsewhere")
def test_the_table_says_the_same(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    main([])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["torch", version("torch"), ">=2.11"] in lines
    assert ["OMP_NUM_THREADS", "3"] in lines
    assert ["versions"] in lines


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("installed", "told"),
    [
        (None, "torch is not installed"),
        ("2.9.0", "torch 2.9.0 is not >=2.11"),
    ],
)
def test_a_package_that_does_not_fit_is_named(installed, told, monkeypatch, capsys):
    really = installation.installed

    def but_torch(name: str) -> str | None:
        return installed if name == "torch" else really(name)

    monkeypatch.setattr(installation, "installed", but_torch)
    with pytest.raises(SystemExit) as stop:
        main([])
    reason = str(stop.value)
    assert reason == f"error: training can't run: {told}; {installation.INSTALL} ."
    assert told.split()[1] in capsys.readouterr().out


@pytest.mark.usefixtures("elsewhere")
def test_a_torch_that_does_not_load():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from ltlight.doctor.__main__ import main; main(['--json'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: training can't run: ltlight.training doesn't load: ")
    assert done.stderr.count("\n") == 1
    assert json.loads(done.stdout)["machine"] == {"device": None}


def test_outputs_that_can_not_be_written(elsewhere, capsys):
    (elsewhere / "outputs").write_text("a file is in the way")
    with pytest.raises(SystemExit) as stop:
        main(["--json"])
    expected = f"error: training can't run: {elsewhere / 'outputs'} can't be written"
    assert str(stop.value) == expected
    assert len(json.loads(capsys.readouterr().out)["problems"]) == 1


def test_an_extra_that_lacks_a_package(monkeypatch):
    monkeypatch.setattr(installation, "installed", lambda name: None if name == "ruff" else "99")
    dev = next(row for row in installation.extras() if row.name == "dev")
    assert (dev.value, dev.shown) == (False, "not installed")
    assert dev.note == "in the checkout of ltlight: pip install --editable '.[dev]'"
    assert dev.problem is None


def test_each_gpu_has_a_row(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"Card {device.index}")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (5_000_000_000, 8_000_000_000))
    first, second = this_machine.gpu_rows()
    assert first.value == {"name": "Card 0", "memory": 8_000_000_000, "free": 5_000_000_000}
    assert (second.name, second.shown, second.note) == ("GPU 1", "Card 1", "8.0 GB, 5.0 GB free")


def test_a_gpu_that_nobody_else_may_use_is_told(monkeypatch):
    def refuse(_: int) -> None:
        raise RuntimeError("CUDA error: device busy\nmore lines")

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "Card")
    monkeypatch.setattr(torch.cuda, "mem_get_info", refuse)
    (row,) = this_machine.gpu_rows()
    assert (row.shown, row.note) == ("Card", "CUDA error: device busy")


def test_free_memory_and_sizes():
    free = this_machine.free_memory()
    assert free is None or free > 1_000_000
    assert this_machine.size(92_160_260) == "92.2 MB"
    assert this_machine.size(1_500_000_000) == "1.5 GB"
